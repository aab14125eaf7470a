/** Something a server must not say, or should have said. */
export class Mismatch extends Error {
  constructor(who: string, what: string) {
    super(`${who}: ${what}`);
    this.name = 'Mismatch';
  }
}
