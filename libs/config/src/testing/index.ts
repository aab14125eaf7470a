export { type AgentEnd, AgentProcess, freePorts } from './agent-process.ts';
