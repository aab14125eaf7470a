export { CACHE, findProgram, missing, natsServer, REPOSITORY } from './binaries.ts';
export { type BrokerPlace, TestBroker } from './nats.ts';
export { freePorts } from './ports.ts';
export { LoadClient, UnexpectedReply } from './load-client.ts';
export { messageOf } from './message.ts';
export { type Dovecot, startDovecot } from './dovecot.ts';
export { type ImapResponse, type ImapResult, type ImapValue, ImapWire, parseImapValues } from './imap-wire.ts';
export { missingPostgres, TestPostgres } from './postgres.ts';
export { missingS3, TestS3 } from './s3.ts';
