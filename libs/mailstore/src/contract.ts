/**
 * The contract every adapter of {@link MailStore} must pass. Call it from the adapter's test with a way to open a new, empty store:
 * `reopen` closes the store and opens the same data again.
 */
import { after, before, suite } from 'node:test';
import { appendTests } from './testing/append.ts';
import { contentTests } from './testing/content.ts';
import { deliveryTests } from './testing/delivery.ts';
import { describeTests } from './testing/describe.ts';
import { mailboxTests } from './testing/mailboxes.ts';
import { messageTests } from './testing/messages.ts';
import { orderingTests } from './testing/ordering.ts';
import { searchTests } from './testing/search.ts';
import { sharingTests } from './testing/sharing.ts';
import { transferTests } from './testing/transfer.ts';
import { undeleteTests } from './testing/undelete.ts';
import type { MailStore } from './types.ts';

export interface StoreUnderTest {
  readonly store: MailStore;
  reopen(): Promise<void>;
  /** Closes the store and removes what it kept. */
  close(): Promise<void>;
}

export function mailStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  suite(`${name} keeps the mailstore contract`, () => {
    let subject: StoreUnderTest;
    before(async () => {
      subject = await open();
    });
    after(() => subject.close());
    const bench = { store: () => subject.store, reopen: () => subject.reopen(), another: open };
    const rooms = [deliveryTests, mailboxTests, messageTests, contentTests, appendTests, describeTests];
    const more = [searchTests, orderingTests, sharingTests, undeleteTests, transferTests];
    for (const tests of [...rooms, ...more]) tests(bench);
  });
}
