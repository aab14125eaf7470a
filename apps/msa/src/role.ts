import { DoorMeter, openDoors, type DoorConfig, type Doors } from '@postroad/net';
import { Submission, type SubmissionDeps } from './smtp/submission.ts';

/**
 * Starts the role `smtp` of the msa: message submission (RFC 6409, RFC 8314). `listeners` are usually 587 (STARTTLS) and 465
 * (`implicitTls`); without certificates nobody can authenticate.
 */
export function startSubmission(deps: SubmissionDeps, config: DoorConfig): Promise<Doors> {
  const meter = deps.metrics && new DoorMeter(deps.metrics, 'submission');
  return openDoors(config, new Submission(deps, config.hostname), deps.logger, meter);
}
