import { DoorMeter, openDoors, type DoorConfig, type Doors } from '@postroad/net';
import { Handover, type HandoverConfig, type LmtpDeps } from './handover.ts';

/**
 * Starts the role `lmtp` of the mda: other MTAs deliver here (RFC 2033). Nobody authenticates: only hosts that are meant to deliver may
 * reach it (`from`).
 */
export function startLmtp(deps: LmtpDeps, config: Omit<DoorConfig, 'lmtp'> & HandoverConfig): Promise<Doors> {
  const meter = deps.metrics && new DoorMeter(deps.metrics, 'lmtp');
  return openDoors({ ...config, lmtp: true }, new Handover(deps, config), deps.logger, meter);
}
