import type { Collection, Stored } from '@berth/document-store';
import type { Facts } from '../facts.ts';

/** The documents whose review has come, the longest due first. */
export async function dueForReview<Body extends object>(
  facts: Facts,
  collection: Collection<Body>,
  limit: number,
): Promise<readonly (Body & Stored)[]> {
  const range = { lte: facts.clock() };
  return (await collection.page({ index: 'byReview', range, limit })).items;
}

/** A document out of review: something that needs it is known, and whoever takes that away puts it under review again. */
export function outOfReview<Document extends { readonly reviewAt?: number }>(
  document: Document,
): Omit<Document, 'reviewAt'> {
  const { reviewAt: _, ...rest } = document;
  return rest;
}
