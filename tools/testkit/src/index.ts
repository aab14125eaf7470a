export { CACHE, findProgram, missing, natsServer, REPOSITORY } from './binaries.ts';
export { type BrokerPlace, TestBroker } from './nats.ts';
export { freePorts } from './ports.ts';
export { LoadClient, UnexpectedReply } from './load-client.ts';
export { messageOf } from './message.ts';
