import { type Bus, subjects } from '@postroad/bus';
import type { ChangeHints } from './imap/types.ts';

/** Change hints over the bus: one subscription a process, however many sessions. Not stored: a lost one costs up to 30 s. */
export function busHints(bus: Bus): ChangeHints {
  const listeners = new Map<string, Set<() => void>>();
  bus.nc.subscribe(subjects.hint('*'), {
    callback: (error, message) => {
      if (error !== null) return;
      for (const callback of listeners.get(message.subject.slice('hint.'.length)) ?? []) callback();
    },
  });
  return {
    publish: (accountId) => {
      // While the broker is away hints are lost, which is allowed.
      if (accountId !== '' && !bus.nc.isClosed()) tryPublish(bus, accountId);
    },
    subscribe: (accountId, callback) => {
      let set = listeners.get(accountId);
      if (set === undefined) listeners.set(accountId, (set = new Set()));
      set.add(callback);
      return () => {
        set.delete(callback);
        if (set.size === 0) listeners.delete(accountId);
      };
    },
  };
}

function tryPublish(bus: Bus, accountId: string): void {
  try {
    bus.nc.publish(subjects.hint(accountId));
  } catch {
    return;
  }
}
