export type { ConnectionLimitOptions } from './connection-limits.ts';
export { DoorMeter } from './door-meter.ts';
export { SILENT, type NetLogger } from './logger.ts';
export type { ProxiedEnds } from './proxy-header.ts';
export {
  acceptMessage,
  type DoorEvent,
  type DoorServices,
  type MessageStore,
  type MessageWrite,
} from './smtp/accept-message.ts';
export { type ProxyUse, withProxyPorts } from './proxy-ports.ts';
export { openDoors, type DoorAddress, type DoorConfig, type Doors } from './smtp/doors.ts';
export { errorReply, SmtpRefusal } from './smtp/error-reply.ts';
export { receivedField } from './smtp/received.ts';
export { takeContent } from './smtp/take-content.ts';
export { listenSmtp, type SmtpListener, type SmtpListenerOptions } from './smtp/smtp-listener.ts';
export {
  DEFAULT_SMTP_POLICY,
  type SmtpCredentials,
  type SmtpPolicy,
  type SmtpSession,
  type SmtpSessionHandler,
  type SmtpTransaction,
} from './smtp/types.ts';
export { listenTcp, type TcpListener, type TcpListenerOptions } from './tcp-listener.ts';
export { certificateExpiry } from './certificate-expiry.ts';
export { TlsContexts, type CertificateFiles, type CertificateInUse, type TlsContextsOptions } from './tls-contexts.ts';
