import { join } from 'node:path';
import ts from 'typescript';
import type { KubeObject } from './helm.ts';
import { KINDS, type Kinds } from './kinds.ts';

/**
 * Checks objects as a strict API server does. Values (types, enums, required fields, patterns) are checked by the
 * validators that kubernetes-models compiled from the schemas of Kubernetes and of the operators; fields that no
 * schema knows are found by walking the object along the types that come with them.
 */
export class StrictSchemas {
  readonly #checker: ts.TypeChecker;
  readonly #kinds: ts.Type;
  readonly #file: ts.SourceFile;

  constructor() {
    const path = join(import.meta.dirname, 'kinds.ts');
    const program = ts.createProgram([path], {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
    });
    const file = program.getSourceFile(path);
    this.#checker = program.getTypeChecker();
    const alias = file?.statements.find((each) => ts.isTypeAliasDeclaration(each) && each.name.text === 'Kinds');
    if (file === undefined || alias === undefined) throw new Error('kinds.ts has no type Kinds');
    this.#file = file;
    this.#kinds = this.#checker.getTypeAtLocation(alias);
  }

  /** What is wrong with an object, one line each; empty when nothing is. */
  problems(object: KubeObject): string[] {
    const kind = `${object.apiVersion} ${object.kind}` as keyof Kinds;
    const name = `${object.kind} ${object.metadata.name}`;
    const model = (KINDS as Readonly<Partial<Record<keyof Kinds, new (data: never) => { validate(): void }>>>)[kind];
    const symbol = this.#kinds.getProperty(kind);
    if (model === undefined || symbol === undefined) return [`${name}: no schema for ${kind}`];
    const unknown = this.#walk(object, this.#checker.getTypeOfSymbolAtLocation(symbol, this.#file), name);
    try {
      new model(object as never).validate();
    } catch (error) {
      unknown.push(`${name}: ${(error as Error).message}`);
    }
    return unknown;
  }

  #walk(value: unknown, declared: ts.Type, path: string): string[] {
    if (typeof value !== 'object' || value === null) return [];
    const type = this.#checker.getNonNullableType(declared);
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
    if (Array.isArray(value)) {
      const element = this.#checker.getIndexTypeOfType(type, ts.IndexKind.Number);
      if (element === undefined) return [`${path}: a list where none may be`];
      return value.flatMap((each, i) => this.#walk(each, element, `${path}[${i}]`));
    }
    const any = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String);
    return Object.entries(value).flatMap(([key, each]) => {
      const symbol = this.#checker.getPropertyOfType(type, key);
      if (symbol !== undefined)
        return this.#walk(each, this.#checker.getTypeOfSymbolAtLocation(symbol, this.#file), `${path}.${key}`);
      return any === undefined ? [`${path}.${key}: no such field`] : this.#walk(each, any, `${path}.${key}`);
    });
  }
}
