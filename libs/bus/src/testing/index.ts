export { type BrokerOptions, connectBus, provision, quiet, TestBroker } from './broker.ts';
