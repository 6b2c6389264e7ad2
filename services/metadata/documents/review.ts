import { Type } from '@sinclair/typebox';

/** What the storage sweep looks at, and when. */
export const Review = Type.Object({
  /** Epoch milliseconds from which the sweep asks whether it is still needed; absent while something is known to need it. */
  reviewAt: Type.Optional(Type.Integer()),
});
