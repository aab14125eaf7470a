import { FLOW } from './flow.ts';
import { INBOUND } from './inbound.ts';
import { MAILBOX } from './mailbox.ts';
import { MESSAGE } from './message.ts';
import { NATS } from './nats.ts';
import { OUTBOUND } from './outbound.ts';
import type { Dashboard } from './panel.ts';
import { QUEUES } from './queues.ts';

export const DASHBOARDS: readonly Dashboard[] = [FLOW, OUTBOUND, INBOUND, QUEUES, NATS, MAILBOX, MESSAGE];
