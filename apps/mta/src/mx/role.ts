import { DoorMeter, openDoors, type DoorConfig, type Doors } from '@postroad/net';
import { Reception, type MxDeps } from './reception.ts';

/** Starts the role `mx` of the mta: mail from the world on port 25 (RFC 5321). Without certificates STARTTLS is not offered. */
export function startMx(deps: MxDeps, config: DoorConfig): Promise<Doors> {
  const meter = deps.metrics && new DoorMeter(deps.metrics, 'mx');
  return openDoors(config, new Reception(deps, config.hostname), deps.logger, meter);
}
