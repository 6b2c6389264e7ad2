import type { Request, Response } from 'express';
import type { Exchange, Route } from './route.ts';

interface Parts {
  readonly request: Request;
  readonly response: Response;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly search: string;
  readonly requestId: string;
  readonly clientAddress: string;
}

/** One request under way. Query and signal are made when somebody asks for them: most requests need neither. */
export class RequestExchange<Identity> implements Exchange<Identity> {
  readonly request: Request;
  readonly response: Response;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly clientAddress: string;
  #identity: Identity | undefined;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #gone: AbortController | undefined;

  constructor(parts: Parts) {
    this.request = parts.request;
    this.response = parts.response;
    this.route = parts.route;
    this.params = parts.params;
    this.requestId = parts.requestId;
    this.clientAddress = parts.clientAddress;
    this.#search = parts.search;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  get identity(): Identity {
    return this.#identity as Identity;
  }

  set identity(identity: Identity) {
    this.#identity = identity;
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController();
      this.#gone = gone;
      if (isGone(this.response)) gone.abort();
      else this.response.once('close', () => isGone(this.response) && gone.abort());
    }
    return this.#gone.signal;
  }
}

/** True when the connection ended before the answer did. */
export function isGone(response: Response): boolean {
  return response.destroyed && !response.writableFinished;
}
