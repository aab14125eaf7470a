export { type BrokerOptions, connectBus, provision, quiet, settingsFor, TestBroker } from './broker.ts';
export { queueRecord } from './records.ts';
