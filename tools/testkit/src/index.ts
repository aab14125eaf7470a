export { CACHE, findProgram, missing, natsServer, REPOSITORY } from './binaries.ts';
export { connectBus, provision, quiet, TEST_LIMITS } from './bus.ts';
export { type BrokerOptions, TestBroker } from './nats.ts';
export { freePorts } from './ports.ts';
