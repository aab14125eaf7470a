/**
 * The contract every adapter of {@link MailStore} must pass. Call it from the adapter's test with a way to open a store:
 * `reopen` closes the store and opens the same data again.
 */
import { after, before, suite } from 'node:test';
import { contentTests } from './testing/content.ts';
import { deliveryTests } from './testing/delivery.ts';
import { mailboxTests } from './testing/mailboxes.ts';
import { messageTests } from './testing/messages.ts';
import type { MailStore } from './types.ts';

export interface StoreUnderTest {
  readonly store: MailStore;
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export function mailStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  suite(`${name} keeps the mailstore contract`, () => {
    let subject: StoreUnderTest;
    before(async () => {
      subject = await open();
    });
    after(() => subject.close());
    const bench = { store: () => subject.store, reopen: () => subject.reopen() };
    deliveryTests(bench);
    mailboxTests(bench);
    messageTests(bench);
    contentTests(bench);
  });
}
