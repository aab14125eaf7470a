import { openDoors, type DoorConfig, type Doors } from '@postroad/net';
import { Reception, type MxDeps } from './reception.ts';

export type { MxDeps } from './reception.ts';
/** `listeners` is usually 25; without certificates STARTTLS is not offered. */
export type MxConfig = DoorConfig;

/** Starts the role `mx` of the mta: mail from the world on port 25 (RFC 5321). */
export function startMx(deps: MxDeps, config: MxConfig): Promise<Doors> {
  return openDoors(config, new Reception(deps, config.hostname), deps.logger);
}
