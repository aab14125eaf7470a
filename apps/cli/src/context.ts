import type { Command } from 'commander';
import { Client } from './client.ts';
import type { Io } from './io.ts';
import { type Style, styleFor } from './style.ts';
import { type GlobalOptions, readTarget } from './target.ts';

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly style: Style;
  readonly api: Client;
  /** The result: one JSON document with --json, otherwise the text for people. */
  print(value: unknown, text: () => string): void;
  /** Set for a command that worked and found something wrong. */
  exitCode: number;
}

class CommandContext implements Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly style: Style;
  exitCode = 0;
  #api: Client | null = null;

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    this.style = styleFor(io);
  }

  /** Made at first use: some commands need no API. */
  get api(): Client {
    return (this.#api ??= new Client(readTarget(this.options)));
  }

  print(value: unknown, text: () => string): void {
    this.io.stdout.write(`${this.options.json === true ? JSON.stringify(value, null, 2) : text()}\n`);
  }
}

/** What turns a function into a command's action. */
export type Act = <A extends unknown[], O extends object>(
  work: (context: Context, options: O, ...args: A) => Promise<void>,
) => (...given: unknown[]) => Promise<void>;

/** `done` hears of each command's exit code. Commander gives arguments, options and the command itself. */
export const actWith =
  (io: Io, done: (exitCode: number) => void): Act =>
  <A extends unknown[], O extends object>(work: (context: Context, options: O, ...args: A) => Promise<void>) =>
  async (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const context = new CommandContext(io, command.optsWithGlobals<GlobalOptions>());
    await work(context, command.opts<O>(), ...(given.slice(0, -2) as A));
    done(context.exitCode);
  };
