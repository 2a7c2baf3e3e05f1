import * as Filter from "@effect-lro/core/Filter"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"

const parse = (text: string) => Either.getOrThrow(Filter.parse(text))

/** Positions tell where something was written, which printing does not keep. */
const withoutPositions = (filter: Filter.Filter): unknown => {
  switch (filter._tag) {
    case "And":
    case "Or":
      return { _tag: filter._tag, operands: filter.operands.map(withoutPositions) }
    case "Not":
      return { _tag: "Not", operand: withoutPositions(filter.operand) }
    case "Restriction":
      return { ...filter, position: 0 }
    case "Literal":
      return { ...filter, position: 0 }
  }
}

const value: FastCheck.Arbitrary<Filter.Value> = FastCheck.oneof(
  FastCheck.string().map((text) => ({ text, isQuoted: true })),
  FastCheck.constantFrom("x", "-1.5e3", "true", "*", "2026-01-31T12:00:00Z", "type.googleapis.com/a.B", "é*").map(
    (text) => ({ text, isQuoted: false })
  )
)

const segment = FastCheck.oneof(
  FastCheck.constantFrom("a", "create_time", "@type", "OR", "with space", 'quo"te', "back\\slash", "-minus", ""),
  FastCheck.string()
)

const operators: ReadonlyArray<Filter.Operator> = ["=", "!=", "<", "<=", ">", ">=", ":"]

const simple: FastCheck.Arbitrary<Filter.Filter> = FastCheck.oneof(
  FastCheck.record({
    _tag: FastCheck.constant("Restriction" as const),
    path: FastCheck.array(segment, { minLength: 1, maxLength: 4 }),
    operator: FastCheck.constantFrom(...operators),
    value,
    position: FastCheck.constant(0)
  }),
  FastCheck.record({
    _tag: FastCheck.constant("Literal" as const),
    value: FastCheck.string().map((text) => ({ text, isQuoted: true })),
    position: FastCheck.constant(0)
  })
)

/** In normal form: nothing directly in itself, and at least two operands. */
const filter: FastCheck.Arbitrary<Filter.Filter> = FastCheck.letrec<{ readonly any: Filter.Filter }>((tie) => ({
  any: FastCheck.oneof(
    { depthSize: "small", withCrossShrink: true },
    simple,
    FastCheck.tuple(
      FastCheck.constantFrom("And" as const, "Or" as const),
      FastCheck.array(tie("any"), { minLength: 2, maxLength: 3 })
    ).map(([_tag, operands]): Filter.Filter => ({
      _tag,
      operands: operands.flatMap((operand) => (operand._tag === _tag ? operand.operands : [operand]))
    })),
    tie("any").map((operand): Filter.Filter => ({ _tag: "Not", operand }))
  )
})).any

describe("a filter", () => {
  it.prop("reads as the same again once it is written", { filter }, ({ filter }) => {
    const text = Filter.print(filter)
    const again = Filter.parse(text)
    // What was made too long or too deep to be read is not the printer's fault.
    if (Either.isLeft(again)) assert.strictEqual(again.left.reason, "TooComplex", text)
    else assert.deepStrictEqual(withoutPositions(again.right), withoutPositions(filter), text)
  })

  it.each([
    ["a=1 OR b=2 AND c=3", "a=1 OR b=2 AND c=3"],
    ["a=1 AND b=2 OR c=3", "a=1 AND b=2 OR c=3"],
    ["(a=1 AND b=2) OR c=3", "(a=1 AND b=2) OR c=3"],
    ["a=1 b=2 AND c=3", "a=1 AND b=2 AND c=3"],
    ["New York Giants OR Yankees", "New AND York AND Giants OR Yankees"],
    ["-a=1", "NOT a=1"],
    ["NOT (a=1 OR b=2)", "NOT (a=1 OR b=2)"],
    ["a = (1 OR 2 AND 3)", "a=1 OR a=2 AND a=3"],
    ["a:(1 OR 2)b=3", "a:1 OR a:2 AND b=3"],
    ["a.b.c != 'it''s'", null],
    ["  ", ""],
    ["m.NOT.AND=x", 'm."NOT"."AND"=x']
  ])("%s is read as %s", (text, expected) => {
    const read = Filter.parse(text)
    assert.strictEqual(Either.isRight(read) ? Filter.print(read.right) : null, expected)
  })

  it.each<[string, Filter.FilterError["reason"], number]>([
    ["a =", "Syntax", 3],
    ["= 1", "Syntax", 0],
    ["a = 1 AND", "Syntax", 9],
    ["a = 1 OR OR b = 2", "Syntax", 9],
    ["(a = 1", "Syntax", 0],
    ["a = 1)", "Syntax", 5],
    ["a = 'open", "Syntax", 4],
    ["NOT", "Syntax", 0],
    ["a = 1 'b'c", "Syntax", 9],
    ["size(a) > 1", "Unsupported", 0],
    ["a = now()", "Unsupported", 4],
    [`${"(".repeat(40)}a${")".repeat(40)}`, "TooComplex", 33],
    [`a = ${"1".repeat(3000)}`, "TooComplex", 2048]
  ])("%s is refused as %s at %i", (text, reason, position) => {
    const error = Either.getOrThrow(Either.flip(Filter.parse(text)))
    assert.deepStrictEqual([error.reason, error.position], [reason, position])
  })

  it.prop("is read or refused with a place in the text, whatever is sent", { text: FastCheck.string() }, ({ text }) => {
    const read = Filter.parse(text)
    if (Either.isLeft(read)) assert.isTrue(read.left.position >= 0 && read.left.position <= text.length)
  })
})

const fields: Filter.Fields = {
  name: { _tag: "text" },
  done: { _tag: "flag" },
  state: { _tag: "enum", values: ["RUNNING", "FAILED"] },
  count: { _tag: "number" },
  createTime: { _tag: "time" },
  error: { _tag: "message", fields: { code: { _tag: "number" }, message: { _tag: "text" } } },
  metadata: { _tag: "json" }
}

const accepts = (text: string, resource: Filter.Resource) =>
  Either.getOrThrow(Filter.compile(parse(text), fields))(resource)

/** The oracle: an expression of three flags, as a tree that JavaScript evaluates. */
type Expression =
  | string
  | { readonly and: ReadonlyArray<Expression> }
  | { readonly or: ReadonlyArray<Expression> }
  | { readonly not: Expression }

const evaluate = (expression: Expression, flags: { readonly [flag: string]: boolean }): boolean => {
  if (typeof expression === "string") return flags[expression] === true
  if ("not" in expression) return !evaluate(expression.not, flags)
  return "and" in expression
    ? expression.and.every((part) => evaluate(part, flags))
    : expression.or.some((part) => evaluate(part, flags))
}

/** Written with no more parentheses than needed, so that precedence is what is tested. */
const write = (expression: Expression): string => {
  if (typeof expression === "string") return `metadata.${expression} = true`
  if ("not" in expression)
    return typeof expression.not === "string" ? `-${write(expression.not)}` : `NOT (${write(expression.not)})`
  if ("and" in expression) {
    return expression.and.map((part, i) => (i % 2 === 0 ? "" : "AND ") + write(part)).join(" ")
  }
  return expression.or
    .map((part) => (typeof part !== "string" && "and" in part ? `(${write(part)})` : write(part)))
    .join(" OR ")
}

const expression: FastCheck.Arbitrary<Expression> = FastCheck.letrec<{ readonly any: Expression }>((tie) => ({
  any: FastCheck.oneof(
    { depthSize: "small" },
    FastCheck.constantFrom("a", "b", "c"),
    FastCheck.array(tie("any"), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    FastCheck.array(tie("any"), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
    tie("any").map((not) => ({ not }))
  )
})).any

describe("what a filter accepts", () => {
  it.prop(
    "is what its expression says, with OR before AND",
    { expression, a: FastCheck.boolean(), b: FastCheck.boolean(), c: FastCheck.boolean() },
    ({ expression, ...flags }) => {
      const read = Filter.parse(write(expression))
      if (Either.isLeft(read)) return assert.strictEqual(read.left.reason, "TooComplex")
      const test = Either.getOrThrow(Filter.compile(read.right, fields))
      assert.strictEqual(test({ metadata: flags }), evaluate(expression, flags), write(expression))
    }
  )

  it.each<[string, Filter.Resource, boolean]>([
    ["", {}, true],
    ["name = 'operations/*'", { name: "operations/A" }, true],
    ["name = '*A'", { name: "operations/A" }, true],
    ["name = '*ations*'", { name: "operations/A" }, true],
    ["name = operations", { name: "operations/A" }, false],
    ["name:RATIONS", { name: "operations/A" }, true],
    ["done = false", {}, true],
    ["count < 1", {}, true],
    ["count >= -1.5e0", { count: -1 }, true],
    ["createTime < '2026-01-01T00:00:00+01:00'", { createTime: "2025-12-31T22:59:59.999Z" }, true],
    ["createTime < 2026-01-01T00:00:00Z", {}, false],
    ["createTime != 2026-01-01T00:00:00Z", {}, false],
    ["create_time = 2026-01-01T00:00:00Z", { createTime: "2026-01-01T00:00:00.000Z" }, true],
    ["error.code != 5", {}, false],
    ["error.code != 5", { error: { code: 7 } }, true],
    ["NOT error.code = 5", {}, true],
    ["error:code", { error: { code: 5 } }, true],
    ["error:*", { error: { code: 5 } }, true],
    ["error:*", {}, false],
    ["state != RUNNING", { state: "FAILED" }, true],
    ["metadata.a.b != x", { metadata: {} }, false],
    ["metadata.a.b != x", { metadata: { a: {} } }, true],
    ["metadata.a.b = ''", { metadata: { a: {} } }, true],
    ["metadata.a:1", { metadata: { a: [1, 2] } }, true],
    ["metadata.a = 1", { metadata: { a: [1] } }, false],
    ["metadata.a.b:x", { metadata: { a: [{ b: "y" }, { b: "X" }] } }, true],
    ["metadata.a.b = x", { metadata: { a: [{ b: "x" }] } }, false],
    ["metadata.took < 90s", { metadata: { took: "1.5s" } }, true],
    ["metadata.big > 9", { metadata: { big: "10" } }, true],
    ["metadata.big > 9", { metadata: { big: "x" } }, false],
    ["metadata.x = 'true'", { metadata: { x: true } }, true],
    ["metadata.toString:*", { metadata: {} }, false],
    ["metadata.__proto__:*", { metadata: {} }, false],
    ["needle", { metadata: { deep: [{ hay: "a Needle!" }] } }, true],
    ["needle", { name: "hay" }, false]
  ])("%s of %o: %s", (text, resource, expected) => {
    assert.strictEqual(accepts(text, resource), expected)
  })

  it.each<[string, Filter.FilterError["reason"], number]>([
    ["done = true AND nam = x", "UnknownField", 16],
    ["error.cod = 1", "UnknownField", 0],
    ["name.first = x", "UnknownField", 0],
    ["toString = x", "UnknownField", 0],
    ["state = RUNING", "WrongValue", 0],
    ["state < RUNNING", "WrongValue", 0],
    ["done = yes", "WrongValue", 0],
    ["count = many", "WrongValue", 0],
    ["createTime > yesterday", "WrongValue", 0],
    ["error = 5", "WrongValue", 0]
  ])("%s is refused as %s at %i", (text, reason, position) => {
    const error = Either.getOrThrow(Either.flip(Filter.compile(parse(text), fields)))
    assert.deepStrictEqual([error.reason, error.position], [reason, position])
  })

  it.each([
    ["createTime > 5", "createTime"],
    ["create_time > 5", "createTime"],
    ["metadata.row_count = 5", "metadata"]
  ])("%s is about the field %s", (text, field) => {
    const filter = parse(text)
    assert.strictEqual(filter._tag === "Restriction" ? Filter.fieldOf(filter) : undefined, field)
  })

  it.prop(
    "is accepted by its projection as well",
    { filter: expression.map(write), a: FastCheck.boolean(), b: FastCheck.boolean(), c: FastCheck.boolean() },
    ({ filter, ...flags }) => {
      const whole = Either.getOrElse(Filter.parse(filter), () => Filter.everything)
      const part = Filter.project(whole, ({ path }) => path[1] !== "b")
      const [wholly, partly] = [whole, part].map((it) =>
        Either.getOrThrow(Filter.compile(it, fields))({ metadata: flags })
      )
      assert.isTrue(!wholly || partly)
      assert.notInclude(Filter.print(part), "metadata.b")
    }
  )
})
