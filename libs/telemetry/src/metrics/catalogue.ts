import { AGENT_METRICS } from './agent.ts';
import { DOOR_METRICS } from './door.ts';
import { MAILBOX_METRICS } from './mailbox.ts';
import { OPS_METRICS } from './ops.ts';
import { ROAD_METRICS } from './road.ts';

/** Every metric of Postroad. What is not here is not exported. */
export const METRICS = {
  ...AGENT_METRICS,
  ...DOOR_METRICS,
  ...ROAD_METRICS,
  ...MAILBOX_METRICS,
  ...OPS_METRICS,
} as const;
