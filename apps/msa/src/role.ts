import { openDoors, type DoorConfig, type Doors } from '@postroad/net';
import { Submission, type SubmissionDeps } from './smtp/submission.ts';

export type { SubmissionDeps } from './smtp/submission.ts';
/** `listeners` are usually 587 (STARTTLS) and 465 (`implicitTls`); without certificates nobody can authenticate. */
export type SubmissionConfig = DoorConfig;

/** Starts the role `smtp` of the msa: message submission on 587 and 465 (RFC 6409, RFC 8314). */
export function startSubmission(deps: SubmissionDeps, config: SubmissionConfig): Promise<Doors> {
  return openDoors(config, new Submission(deps, config.hostname), deps.logger);
}
