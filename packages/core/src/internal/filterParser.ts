import * as Either from "effect/Either"
import type * as Filter from "../Filter.js"

/** What is wrong, before it becomes an error: the public module makes that. */
export interface Problem {
  readonly reason: "Syntax" | "Unsupported" | "UnknownField" | "WrongValue" | "TooComplex"
  readonly position: number
  readonly problem: string
}

export const maxLength = 2048

export const maxDepth = 32

export const parse = (text: string): Either.Either<Filter.Filter, Problem> =>
  text.length > maxLength
    ? Either.left({
        reason: "TooComplex",
        position: maxLength,
        problem: `it is longer than ${maxLength} characters`
      })
    : new Parser(text).filter()

export const and = (operands: ReadonlyArray<Filter.Filter>): Filter.Filter => junction("And", operands)

const or = (operands: ReadonlyArray<Filter.Filter>): Filter.Filter => junction("Or", operands)

const junction = (tag: "And" | "Or", operands: ReadonlyArray<Filter.Filter>): Filter.Filter => {
  const flat = operands.flatMap((operand) => (operand._tag === tag ? operand.operands : [operand]))
  const [only] = flat
  return only !== undefined && flat.length === 1 ? only : { _tag: tag, operands: flat }
}

export const print = (filter: Filter.Filter): string => {
  switch (filter._tag) {
    case "And":
      return filter.operands.map((operand) => (operand._tag === "And" ? group(operand) : print(operand))).join(" AND ")
    case "Or":
      return filter.operands
        .map((operand) => (operand._tag === "And" || operand._tag === "Or" ? group(operand) : print(operand)))
        .join(" OR ")
    case "Not":
      return `NOT ${isSimple(filter.operand) ? print(filter.operand) : group(filter.operand)}`
    case "Restriction": {
      const path = filter.path.map((segment) => (isPlain(segment) ? segment : quote(segment))).join(".")
      return `${path}${filter.operator}${printValue(filter.value, isArgument)}`
    }
    case "Literal":
      return printValue(filter.value, isPlain)
  }
}

const group = (filter: Filter.Filter): string => `(${print(filter)})`

const isSimple = (filter: Filter.Filter): boolean => filter._tag === "Restriction" || filter._tag === "Literal"

const printValue = (value: Filter.Value, isBare: (text: string) => boolean): string =>
  value.isQuoted || !isBare(value.text) ? quote(value.text) : value.text

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`

const keywords: ReadonlySet<string> = new Set(["AND", "OR", "NOT"])

// What stands between words: whitespace, parentheses, commas, quotes and operators. A dot and a colon end a segment of a
// path, but belong to an argument, so that a type URL and a time need no quotes.
const wordEnd = /[\s(),"'<>=!:.]/
const argumentEnd = /[\s(),"'<>=!]/

const isPlain = (text: string): boolean =>
  text !== "" && !wordEnd.test(text) && !keywords.has(text) && !text.startsWith("-")

const isArgument = (text: string): boolean => text !== "" && !argumentEnd.test(text) && !keywords.has(text)

const operators = ["<=", ">=", "!=", "<", ">", "=", ":"] as const

type Parsed<A> = Either.Either<A, Problem>

interface Argument {
  readonly position: number
  readonly value: Filter.Value
}

type Arguments =
  | { readonly _tag: "One"; readonly argument: Argument }
  | { readonly _tag: "And" | "Or"; readonly operands: ReadonlyArray<Arguments> }
  | { readonly _tag: "Not"; readonly operand: Arguments }

/** Recursive descent over the characters: the grammar makes a difference between `a.b` and `a .b`, and tokens would lose it. */
class Parser {
  private at = 0
  private depth = 0

  constructor(private readonly text: string) {}

  filter(): Parsed<Filter.Filter> {
    this.skip()
    if (this.isAtEnd()) return Either.right(and([]))
    return Either.flatMap(
      this.conjunction((_) => _.term()),
      (operands) => (this.isAtEnd() ? Either.right(and(operands)) : this.unexpected())
    )
  }

  /** Everything up to a closing parenthesis or the end: factors that follow one another, with AND between them or not. */
  private conjunction(operand: (parser: Parser) => Parsed<Filter.Filter>): Parsed<ReadonlyArray<Filter.Filter>> {
    return this.joined(operand, or)
  }

  private joined<A>(operand: (parser: Parser) => Parsed<A>, either: (operands: ReadonlyArray<A>) => A) {
    return this.sequence(
      () =>
        Either.map(
          this.sequence(() => operand(this), "OR"),
          (some) => (some.length === 1 ? some : [either(some)])
        ),
      "AND"
    ).pipe(Either.map((groups) => groups.flat()))
  }

  /** One and what follows it after a keyword; with AND also what follows it directly. */
  private sequence<A>(next: () => Parsed<A>, keyword: "AND" | "OR"): Parsed<ReadonlyArray<A>> {
    const all: Array<A> = []
    while (true) {
      const one = next()
      if (Either.isLeft(one)) return Either.left(one.left)
      all.push(one.right)
      this.skip()
      if (this.isAtEnd() || this.peek() === ")") return Either.right(all)
      if (this.word() === keyword) {
        this.at += keyword.length
        this.skip()
        continue
      }
      // A factor ends where the keyword is another one, or none; two terms need a space, or a parenthesis, between them.
      if (keyword === "OR") return Either.right(all)
      if (this.word() === "OR") return this.unexpected()
      if (this.peek() !== "(" && !/[\s)]/.test(this.text.charAt(this.at - 1))) return this.unexpected()
    }
  }

  private term(): Parsed<Filter.Filter> {
    return this.negatable(
      () => this.simple(),
      (operand) => ({ _tag: "Not", operand })
    )
  }

  private negatable<A>(simple: () => Parsed<A>, not: (operand: A) => A): Parsed<A> {
    if (this.word() === "NOT") {
      const from = this.at
      this.at += 3
      this.skip()
      if (this.at > from + 3 && !this.isAtEnd()) return Either.map(this.nested(simple), not)
      this.at = from
      return this.unexpected()
    }
    if (this.peek() === "-") {
      this.at++
      return Either.map(this.nested(simple), not)
    }
    return simple()
  }

  private simple(): Parsed<Filter.Filter> {
    if (this.peek() === "(")
      return Either.map(
        this.grouped((_) => _.term(), or),
        and
      )
    return this.restriction()
  }

  private grouped<A>(
    operand: (parser: Parser) => Parsed<A>,
    either: (operands: ReadonlyArray<A>) => A
  ): Parsed<ReadonlyArray<A>> {
    const from = this.at
    this.at++
    this.skip()
    return Either.flatMap(
      this.nested(() => this.joined(operand, either)),
      (operands) => {
        if (this.peek() !== ")") return fail("Syntax", from, "this parenthesis is not closed")
        this.at++
        return Either.right(operands)
      }
    )
  }

  private nested<A>(inner: () => Parsed<A>): Parsed<A> {
    if (this.depth >= maxDepth) return fail("TooComplex", this.at, `it is nested more than ${maxDepth} deep`)
    this.depth++
    const result = inner()
    this.depth--
    return result
  }

  private restriction(): Parsed<Filter.Filter> {
    const position = this.at
    return Either.flatMap(this.member(), ({ path, value }) => {
      if (this.peek() === "(") return fail("Unsupported", position, "functions are not supported")
      const end = this.at
      this.skip()
      const operator = operators.find((candidate) => this.text.startsWith(candidate, this.at))
      if (operator === undefined) {
        this.at = end
        return Either.right<Filter.Filter>({ _tag: "Literal", value, position })
      }
      this.at += operator.length
      this.skip()
      return Either.map(this.argument(), (argument) => spread({ path, operator, position }, argument))
    })
  }

  private member(): Parsed<{ readonly path: ReadonlyArray<string>; readonly value: Filter.Value }> {
    const from = this.at
    const path: Array<string> = []
    let isQuoted = false
    while (true) {
      const keyword = path.length === 0 && keywords.has(this.word())
      const segment = keyword ? this.unexpected() : this.value(wordEnd)
      if (Either.isLeft(segment)) return Either.left(segment.left)
      path.push(segment.right.text)
      isQuoted = segment.right.isQuoted
      if (this.peek() !== ".") break
      this.at++
    }
    const value =
      path.length === 1 && isQuoted
        ? { text: path.join(), isQuoted }
        : { text: this.text.slice(from, this.at), isQuoted: false }
    return Either.right({ path, value })
  }

  private argument(): Parsed<Arguments> {
    if (this.peek() === "(") {
      return Either.map(
        this.grouped<Arguments>(
          (_) => _.argumentTerm(),
          (operands) => ({ _tag: "Or", operands })
        ),
        (operands) => ({ _tag: "And", operands })
      )
    }
    const position = this.at
    if (keywords.has(this.word())) return this.unexpected()
    return Either.flatMap(this.value(argumentEnd), (value): Parsed<Arguments> =>
      this.peek() === "("
        ? fail("Unsupported", position, "functions are not supported")
        : Either.right({ _tag: "One", argument: { position, value } })
    )
  }

  private argumentTerm(): Parsed<Arguments> {
    if (this.word() === "NOT") {
      return this.negatable<Arguments>(
        () => this.argument(),
        (operand) => ({ _tag: "Not", operand })
      )
    }
    return this.argument()
  }

  private value(end: RegExp): Parsed<Filter.Value> {
    const quoteMark = this.peek()
    if (quoteMark === '"' || quoteMark === "'") return this.quoted(quoteMark)
    const from = this.at
    while (!this.isAtEnd() && !end.test(this.text.charAt(this.at))) this.at++
    return this.at === from
      ? this.unexpected()
      : Either.right({ text: this.text.slice(from, this.at), isQuoted: false })
  }

  private quoted(quoteMark: string): Parsed<Filter.Value> {
    const from = this.at
    let text = ""
    for (this.at++; !this.isAtEnd(); this.at++) {
      const character = this.text.charAt(this.at)
      if (character === quoteMark) {
        this.at++
        return Either.right({ text, isQuoted: true })
      }
      if (character === "\\") this.at++
      text += this.text.charAt(this.at)
    }
    return fail("Syntax", from, "this quotation is not closed")
  }

  /** The word that begins here, without going on. */
  private word(): string {
    let end = this.at
    while (end < this.text.length && !wordEnd.test(this.text.charAt(end))) end++
    return this.text.slice(this.at, end)
  }

  private peek(): string {
    return this.text.charAt(this.at)
  }

  private skip(): void {
    while (/\s/.test(this.peek())) this.at++
  }

  private isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  private unexpected(): Either.Either<never, Problem> {
    return fail(
      "Syntax",
      this.at,
      this.isAtEnd() ? "it ends too early" : `${JSON.stringify(this.word() || this.peek())} is not expected here`
    )
  }
}

const spread = (
  subject: Pick<Filter.Restriction, "path" | "operator" | "position">,
  argument: Arguments
): Filter.Filter => {
  switch (argument._tag) {
    case "One":
      return { _tag: "Restriction", ...subject, value: argument.argument.value }
    case "Not":
      return { _tag: "Not", operand: spread(subject, argument.operand) }
    case "And":
    case "Or":
      return junction(
        argument._tag,
        argument.operands.map((operand) => spread(subject, operand))
      )
  }
}

const fail = (reason: Problem["reason"], position: number, problem: string): Either.Either<never, Problem> =>
  Either.left({ reason, position, problem })
