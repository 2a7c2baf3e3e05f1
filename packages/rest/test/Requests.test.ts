import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"
import * as CancelOperation from "@effect-lro/rest/CancelOperation"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import * as Query from "@effect-lro/rest/Query"
import * as SystemParameters from "@effect-lro/rest/SystemParameters"
import * as WaitOperation from "@effect-lro/rest/WaitOperation"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const fieldsOf = (result: Either.Either<unknown, Status.Status>): ReadonlyArray<string> => {
  const status = Either.getOrThrow(Either.flip(result))
  assert.strictEqual(Status.codeOf(status), "INVALID_ARGUMENT")
  return Option.getOrThrow(ErrorDetails.find(status.details, "BadRequest")).fieldViolations.map(({ field }) => field)
}

describe("Query", () => {
  it("is encoded by RFC 3986: a space is %20 and a plus is %2B", () => {
    assert.strictEqual(
      Query.encode([
        ["filter", "a b+c&d=é"],
        ["$alt", "json;x"]
      ]),
      "filter=a%20b%2Bc%26d%3D%C3%A9&%24alt=json%3Bx"
    )
    assert.strictEqual(Query.encode([]), "")
  })

  it("takes a plus for a plus, and a name alone for an empty value", () => {
    assert.deepStrictEqual(
      Query.decode("/v1/x?a=b+c&&d&e=f=g&$alt=json&%24alt=json%3Bx"),
      Either.right([
        ["a", "b+c"],
        ["d", ""],
        ["e", "f=g"],
        ["$alt", "json"],
        ["$alt", "json;x"]
      ])
    )
    assert.deepStrictEqual(Query.decode("/v1/x"), Either.right([]))
    assert.deepStrictEqual(Query.decode("/v1/x?"), Either.right([]))
  })

  it.each(["?a=%", "?%zz=1", "?a=%FF"])("refuses %s", (raw) => {
    assert.deepStrictEqual(fieldsOf(Query.decode(raw)), ["query"])
  })

  it("reads back what it wrote", () => {
    const text = FastCheck.string({ unit: "grapheme" }).filter((it) => it.isWellFormed())
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.tuple(text, text)), (query) => {
        assert.deepStrictEqual(Query.decode(`/x?${Query.encode(query)}`), Either.right(query))
      })
    )
  })
})

describe("SystemParameters", () => {
  const take = (raw: string) => Either.flatMap(Query.decode(raw), SystemParameters.take)

  it("are taken out, with and without a dollar sign, and leave the fields", () => {
    const { fields, system } = Either.getOrThrow(
      take(
        "?pageSize=5&$alt=json%3Benum-encoding=int&%24prettyPrint=0&fields=a,b&$.xgafv=1&quotaUser=me&filter=x&$unique=1&uploadType=media"
      )
    )
    assert.deepStrictEqual(fields, [
      ["pageSize", "5"],
      ["filter", "x"]
    ])
    assert.isTrue(system.enumsAsNumbers)
    assert.isFalse(system.prettyPrint)
    assert.isTrue(system.legacyErrors)
    assert.deepStrictEqual(system.fields, Option.some("a,b"))
    assert.deepStrictEqual(system.quotaUser, Option.some("me"))
  })

  it("have their defaults where a request names none", () => {
    assert.deepStrictEqual(Either.getOrThrow(take("?")).system, SystemParameters.defaults)
    assert.deepStrictEqual(
      Either.getOrThrow(take("?alt=&prettyPrint&callback=&$.xgafv=2&alt=json&fields=")).system,
      SystemParameters.defaults
    )
  })

  it.each([
    ["true", true],
    ["TRUE", true],
    ["1", true],
    ["false", false],
    ["0", false]
  ] as const)("read prettyPrint=%s", (value, expected) => {
    assert.strictEqual(Either.getOrThrow(take(`?prettyPrint=${value}`)).system.prettyPrint, expected)
  })

  it("keep credentials redacted", () => {
    const { fields, system } = Either.getOrThrow(take("?key=canary1&access_token=canary2"))
    assert.deepStrictEqual(fields, [])
    assert.notInclude(JSON.stringify(system), "canary")
    assert.deepStrictEqual(Option.map(system.apiKey, Redacted.value), Option.some("canary1"))
    assert.deepStrictEqual(Option.map(system.accessToken, Redacted.value), Option.some("canary2"))
  })

  it.each(["?alt=proto", "?$alt=media", "?callback=f", "?prettyPrint=maybe", "?$.xgafv=3"])("refuse %s", (raw) => {
    const status = Either.getOrThrow(Either.flip(take(raw)))
    assert.strictEqual(Status.codeOf(status), "INVALID_ARGUMENT")
    assert.deepStrictEqual(ErrorDetails.reason(status.details), Option.some("SYSTEM_PARAMETER_UNSUPPORTED"))
  })

  it("know no others", () => {
    assert.deepStrictEqual(Either.getOrThrow(take("?$filter=x&.xgafv=1&unique=1")).fields, [
      ["$filter", "x"],
      [".xgafv", "1"],
      ["unique", "1"]
    ])
  })
})

describe("ListOperations", () => {
  it.each([
    ["?pageSize=5&filter=a b&pageToken=t", { name: "n", pageSize: 5, filter: "a b", pageToken: "t" }],
    [
      "?page_size=0&page_token=t&return_partial_success=true",
      { name: "n", pageSize: 0, pageToken: "t", returnPartialSuccess: true }
    ],
    [
      "?pageSize=1&pageSize=2147483647&returnPartialSuccess=false",
      { name: "n", pageSize: 2147483647, returnPartialSuccess: false }
    ],
    ["?", { name: "n" }]
  ])("reads %s", (raw, expected) => {
    const query = Either.getOrThrow(Query.decode(raw))
    assert.deepStrictEqual(ListOperations.fromQuery("n", query), Either.right(expected))
  })

  it.each([
    ["?pageSize=-1", ["pageSize"]],
    ["?pageSize=", ["pageSize"]],
    ["?pageSize=1.5", ["pageSize"]],
    ["?pageSize=2147483648", ["pageSize"]],
    ["?pageSize=ten&returnPartialSuccess=yes&foo=1", ["pageSize", "returnPartialSuccess", "foo"]]
  ])("refuses %s and names every field", (raw, fields) => {
    assert.deepStrictEqual(fieldsOf(ListOperations.fromQuery("n", Either.getOrThrow(Query.decode(raw)))), fields)
  })

  it("answers a query full of nonsense with a little of it", () => {
    const query = Array.from({ length: 1000 }, (_, index) => [`${index}-${"x".repeat(1000)}`, ""] as const)
    const result = ListOperations.fromQuery("n", query)
    assert.isAtMost(fieldsOf(result).length, 10)
    assert.isBelow(JSON.stringify(result).length, 10_000)
  })

  it("ignores what it does not know where it is told to", () => {
    assert.deepStrictEqual(
      ListOperations.fromQuery("n", [["foo", "1"]], { unknownFields: "ignore" }),
      Either.right({ name: "n" })
    )
  })

  it("reads back what it asks for", () => {
    const request = FastCheck.record(
      {
        name: FastCheck.constant("n"),
        filter: FastCheck.string({ minLength: 1 }),
        pageSize: FastCheck.integer({ min: 1, max: 2147483647 }),
        pageToken: FastCheck.string({ minLength: 1 }),
        returnPartialSuccess: FastCheck.constant(true)
      },
      { requiredKeys: ["name"] }
    )
    FastCheck.assert(
      FastCheck.property(request, (request) => {
        assert.deepStrictEqual(
          ListOperations.fromQuery("n", ListOperations.toQuery(request)),
          Either.right({ ...request })
        )
      })
    )
  })

  it("sends a mask as the system parameter that it is", () => {
    assert.deepStrictEqual(ListOperations.toQuery({ name: "n", fields: "operations(name,done)" }), [
      ["fields", "operations(name,done)"]
    ])
  })

  it("leaves out what has its default", () => {
    assert.deepStrictEqual(
      ListOperations.toQuery({ name: "n", filter: "", pageSize: 0, pageToken: "", returnPartialSuccess: false }),
      []
    )
    assert.deepStrictEqual(ListOperations.toWire({ operations: [], nextPageToken: Option.none(), unreachable: [] }), {})
  })
})

describe("CancelOperation", () => {
  it.each(["", " \n", "{}", `{"name": "projects/other/operations/x"}`, CancelOperation.body])(
    "accepts the body %j",
    (text) => {
      assert.deepStrictEqual(CancelOperation.fromBody(text), Either.right(undefined))
    }
  )

  it.each([
    ["[]", ["body"]],
    ["null", ["body"]],
    ["{", ["body"]],
    ["x", ["body"]],
    [`{"force": true, "why": 1}`, ["force", "why"]]
  ])("refuses the body %s", (text, fields) => {
    assert.deepStrictEqual(fieldsOf(CancelOperation.fromBody(text)), fields)
  })

  it("ignores fields it does not know where it is told to", () => {
    assert.isTrue(Either.isRight(CancelOperation.fromBody(`{"force": true}`, { unknownFields: "ignore" })))
  })
})

describe("WaitOperation", () => {
  it.each<[string, number | undefined]>([
    ["", undefined],
    ["{}", undefined],
    [`{"timeout": null}`, undefined],
    [`{"name": "x", "timeout": "1.5s"}`, 1500],
    [`{"timeout": "0s"}`, 0],
    [`{"timeout": "-0s"}`, 0]
  ])("reads the body %j", (text, millis) => {
    const { timeout } = Either.getOrThrow(WaitOperation.fromBody(text))
    assert.strictEqual(Option.getOrUndefined(Option.map(timeout, Duration.toMillis)), millis)
  })

  it.each([
    [`{"timeout": "-1s"}`, ["timeout"]],
    [`{"timeout": "-0.5s"}`, ["timeout"]],
    [`{"timeout": "1"}`, ["timeout"]],
    [`{"timeout": 1}`, ["timeout"]],
    [`{"timeout": {"seconds": 1}}`, ["timeout"]],
    [`{"timeOut": "1s"}`, ["timeOut"]],
    ["[]", ["body"]]
  ])("refuses the body %s", (text, fields) => {
    assert.deepStrictEqual(fieldsOf(WaitOperation.fromBody(text)), fields)
  })

  it("reads back the timeout it wrote", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.option(FastCheck.integer({ min: 0, max: 1e12 })), (millis) => {
        const timeout = Option.map(Option.fromNullable(millis), Duration.millis)
        assert.deepStrictEqual(WaitOperation.fromBody(WaitOperation.toBody(timeout)), Either.right({ timeout }))
      })
    )
    assert.strictEqual(WaitOperation.formatTimeout("90 seconds"), "90s")
  })
})
