import { isPlausible, type Mechanism, refused, type SaslStep } from './mechanism.ts';

/** RFC 4616: `[authzid] NUL authcid NUL passwd`. */
export const plain: Mechanism = {
  name: 'PLAIN',
  offered: () => true,
  start:
    (backend) =>
    async (response): Promise<SaslStep> => {
      const fields = response.toString('utf8').split('\0');
      const [actFor = '', username = '', password = ''] = fields;
      if (fields.length !== 3 || username === '') return { kind: 'malformed', text: 'not a PLAIN response' };
      if (!isPlausible(username, password, actFor)) return refused(username);
      if (actFor === '' || actFor === username)
        return { kind: 'done', account: await backend.authenticate(username, password), username };
      const account = (await backend.authenticateFor?.(username, password, actFor)) ?? null;
      return { kind: 'done', account, username: `${username} for ${actFor}` };
    },
};
