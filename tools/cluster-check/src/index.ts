export { ensureBase } from './base.ts';
export { addPeople, type People } from './checks.ts';
export { Cluster, type ClusterOptions, type Instance, startCluster } from './cluster.ts';
export type { Ended } from './running.ts';
export { contextOf } from './context.ts';
export { Engine } from './engine.ts';
export { buildImage, type BuiltImage } from './image.ts';
export { type Account, type Mail, readInbox, sendToMx, submit } from './mail.ts';
export { ROLE_NAMES, type RoleName } from './roles.ts';
