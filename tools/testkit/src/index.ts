export { CACHE, findProgram, missing, natsServer, REPOSITORY } from './binaries.ts';
export { type BrokerPlace, TestBroker } from './nats.ts';
export { freePorts } from './ports.ts';
