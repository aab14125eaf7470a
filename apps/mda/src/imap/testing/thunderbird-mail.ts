import { readFile } from 'node:fs/promises';
import { type Thunderbird, ThunderbirdAsked } from './thunderbird.ts';

export interface AccountOptions {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM file of the server's certificate, which nobody else vouches for. */
  readonly certificate: string;
}

/** Adds an IMAP account over TLS and waits until its folders are known; gives back the key of its server. */
export async function addAccount(thunderbird: Thunderbird, options: AccountOptions): Promise<string> {
  const { port, user, password, certificate } = options;
  const pem = await readFile(certificate, 'utf8');
  const octets = pem.replace(/-----[^-]*-----|\s/g, '');
  const key = (await thunderbird.run(ADD_ACCOUNT, port, user, password, octets)) as string;
  await thunderbird.run(`${TOOLS} server.performExpand(window); await until(() => root.subFolders.length > 3);`, key);
  return key;
}

/** Just started, it may still be at work on the folder by itself, and says so in a window of its own: then once more. */
async function busyAtFirst<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ThunderbirdAsked) || tries === 3) throw error;
      process.stderr.write(`${error.message}; trying again\n`);
    }
}

/** Messages of INBOX as Thunderbird keeps them for reading offline, by UID: what it puts in front for itself is left out. */
export async function downloaded(
  thunderbird: Thunderbird,
  server: string,
  count: number,
): Promise<Map<number, Buffer>> {
  const kept = await busyAtFirst(
    async () => (await thunderbird.run(`${TOOLS}${DOWNLOAD}`, server, count)) as [number, string][],
  );
  const own = /^X-Mozilla-(?:Status|Status2|Keys): [^\n]*\n/;
  return new Map(
    kept.map(([uid, base64]) => {
      let text = Buffer.from(base64, 'base64').toString('latin1');
      while (own.test(text)) text = text.replace(own, '');
      return [uid, Buffer.from(text, 'latin1')];
    }),
  );
}

/** Copies all of INBOX into the INBOX of another account. */
export async function copyAll(thunderbird: Thunderbird, from: string, to: string): Promise<void> {
  await thunderbird.run(`${TOOLS}${COPY}`, from, to);
}

/** Flags, reads, tags and deletes one message each, by UID. */
export async function changeFour(thunderbird: Thunderbird, server: string, uids: readonly number[]): Promise<void> {
  await thunderbird.run(`${TOOLS}${CHANGE}`, server, uids);
}

type Shown = readonly [uid: number, subject: string, isRead: boolean, isFlagged: boolean][];

/** What Thunderbird shows of INBOX after an update, once `count` messages are there. */
export async function shown(thunderbird: Thunderbird, server: string, count: number): Promise<Shown> {
  const script = `${TOOLS} inbox.updateFolder(window); await until(() => messages().length === args[1]); ${SHOW}`;
  return (await thunderbird.run(script, server, count)) as Shown;
}

/** What it shows once these UIDs and no others are there: it has to hear of them in IDLE. */
export async function shownAfterIdle(
  thunderbird: Thunderbird,
  server: string,
  uids: readonly number[],
): Promise<Shown> {
  const script = `${TOOLS} await until(() => messages().map((m) => m.messageKey).join() === args[1].join()); ${SHOW}`;
  return (await thunderbird.run(script, server, uids)) as Shown;
}

const ADD_ACCOUNT = `
  const [port, user, password, certificate] = args;
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
  const trusted = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).constructX509FromBase64(certificate);
  Cc['@mozilla.org/security/certoverride;1'].getService(Ci.nsICertOverrideService)
    .rememberValidityOverride('localhost', port, {}, trusted, true);
  const login = Cc['@mozilla.org/login-manager/loginInfo;1'].createInstance(Ci.nsILoginInfo);
  login.init('imap://localhost', null, 'imap://localhost', user, password, '', '');
  await Services.logins.addLoginAsync(login);
  // as the first start with a window would: the account of what is kept on this machine
  try { MailServices.accounts.localFoldersServer; } catch { MailServices.accounts.createLocalMailAccount(); }
  const server = MailServices.accounts.createIncomingServer(user, 'localhost', 'imap');
  server.port = port;
  server.socketType = Ci.nsMsgSocketType.SSL;
  server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  server.password = password;
  server.QueryInterface(Ci.nsIImapIncomingServer).offlineDownload = true;
  const account = MailServices.accounts.createAccount();
  // without one INBOX is not updated
  const identity = MailServices.accounts.createIdentity();
  identity.email = user;
  account.addIdentity(identity);
  account.incomingServer = server;
  return server.key;`;

/** What the scripts below work with: `server` by the first argument, its `root` and `inbox`, and how to wait. */
const TOOLS = `
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
  const window = Services.wm.getMostRecentWindow('mail:3pane')?.msgWindow ?? null;
  const server = MailServices.accounts.getIncomingServer(args[0]);
  const root = server.rootFolder;
  const inboxOf = (folder) => folder.subFolders.find(({ name }) => name.toUpperCase() === 'INBOX');
  const inbox = inboxOf(root);
  const pause = () => new Promise((resolve) => {
    const timer = Cc['@mozilla.org/timer;1'].createInstance(Ci.nsITimer);
    timer.initWithCallback(() => resolve(timer), 25, 0);
  });
  const until = async (isSo) => { for (let i = 0; !isSo(); i++) { if (i > 1600) throw new Error('waited in vain: ' + isSo); await pause(); } };
  const messages = () => [...inbox.messages].sort((a, b) => a.messageKey - b.messageKey);
  const ended = (name, more) => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const stop = (code) => (code ? reject(new Error('0x' + code.toString(16))) : resolve());
    return { promise, listener: { QueryInterface: ChromeUtils.generateQI([name]), ...more(stop) } };
  };
  const url = () => ended('nsIUrlListener', (stop) => ({ OnStartRunningUrl() {}, OnStopRunningUrl: (_url, code) => stop(code) }));
`;

const DOWNLOAD = `
  inbox.updateFolder(window);
  await until(() => messages().length === args[1]);
  const { promise, listener } = url();
  inbox.downloadAllForOffline(listener, window);
  await promise;
  await until(() => messages().every(({ flags }) => flags & Ci.nsMsgMessageFlags.Offline));
  return messages().map((message) => {
    const stream = Cc['@mozilla.org/binaryinputstream;1'].createInstance(Ci.nsIBinaryInputStream);
    stream.setInputStream(inbox.msgStore.getMsgInputStream(inbox, message.storeToken, 0));
    let text = '';
    for (let n; (n = stream.available()) > 0;) text += stream.readBytes(n);
    return [message.messageKey, btoa(text)];
  });`;

const COPY = `
  const target = inboxOf(MailServices.accounts.getIncomingServer(args[1]).rootFolder);
  const { promise, listener } = ended('nsIMsgCopyServiceListener', (stop) => ({
    onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId: () => null, onStopCopy: stop,
  }));
  MailServices.copy.copyMessages(inbox, messages(), target, false, listener, window, false);
  await promise;`;

const CHANGE = `
  const [flagged, read, tagged, deleted] = args[1].map((uid) => inbox.GetMessageHeader(uid));
  inbox.markMessagesFlagged([flagged], true);
  inbox.markMessagesRead([read], true);
  inbox.addKeywordsToMessages([tagged], '$label1');
  inbox.deleteMessages([deleted], window, false, false, null, false);
  const { promise, listener } = url();
  inbox.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(window, listener);
  await promise;`;

const SHOW = `return messages().map((m) => [m.messageKey, m.mime2DecodedSubject, m.isRead, m.isFlagged]);`;
