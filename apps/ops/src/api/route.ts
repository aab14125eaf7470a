import type { z } from '@postroad/config';

type Parsed<S> = S extends z.ZodType ? z.infer<S> : undefined;

/** One operation of the admin API: what validates a request also describes it in the OpenAPI document. */
export interface Route<
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly id: string;
  readonly tag: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/v1, with parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Shape of the answer; absent: 204 without one. */
  readonly answer?: z.ZodType;
  readonly status?: 201;
  /** Further statuses it may end with. */
  readonly errors?: readonly (400 | 404 | 409)[];
  readonly handle: (input: { params: Parsed<P>; query: Parsed<Q>; body: Parsed<B> }) => Promise<unknown>;
}

/** Keeps the types of one route's parts together; a list of routes needs them no more. */
export const route = <
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  given: Route<P, Q, B>,
): Route => given;
