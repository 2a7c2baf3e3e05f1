import * as Operation from "@effect-lro/core/Operation"
import * as ListOperations from "@effect-lro/rest/ListOperations"
import * as ResponseBody from "@effect-lro/rest/ResponseBody"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"

const scalar = FastCheck.constantFrom<unknown>(null, true, false, 0, 1, 1.5, 1e300, "", "text", [], {}, [{}], [1])

/** Mostly what it should be. */
const mostly = <A>(right: FastCheck.Arbitrary<A>) =>
  FastCheck.oneof<Array<FastCheck.MaybeWeightedArbitrary<unknown>>>(
    { weight: 9, arbitrary: right },
    { weight: 1, arbitrary: scalar }
  )

const object = FastCheck.constantFrom<unknown>({}, { a: 1 })

const some = (members: Record<string, FastCheck.Arbitrary<unknown>>) => FastCheck.record(members, { requiredKeys: [] })

const statusLike = some({
  code: mostly(FastCheck.integer()),
  message: mostly(FastCheck.string()),
  details: mostly(FastCheck.array(mostly(object), { maxLength: 2 })),
  other: scalar
})

const operationLike = some({
  name: mostly(FastCheck.string()),
  done: mostly(FastCheck.boolean()),
  metadata: mostly(object),
  response: mostly(object),
  error: mostly(statusLike),
  other: scalar
})

const pageLike = some({
  operations: mostly(FastCheck.array(mostly(operationLike), { maxLength: 3 })),
  nextPageToken: mostly(FastCheck.string()),
  unreachable: mostly(FastCheck.array(FastCheck.string(), { maxLength: 2 })),
  other: scalar
})

const answer = (body: unknown) => ({
  operation: "operations/1",
  method: "get" as const,
  httpStatus: 200,
  body: JSON.stringify(body)
})

// What almost every answer looks like is known without the schema, which has the last word on all others.
describe("ResponseBody", () => {
  it("takes for an operation what the schema does, and nothing else", () => {
    let taken = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(operationLike, scalar), (json) => {
        const isOne = Schema.is(Operation.Wire)(json)
        const isNamed = isOne && typeof json.name === "string" && json.name !== ""
        const result = ResponseBody.operation(answer(json))
        if (isNamed) taken += 1
        if (isNamed) assert.deepStrictEqual(result, Either.right(Operation.fromWire(json)))
        else if (!isOne) assert.isTrue(Either.isLeft(result))
      }),
      { numRuns: 2000 }
    )
    assert.isAtLeast(taken, 200)
  })

  it("takes for a page what the schema does, and nothing else", () => {
    let taken = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(pageLike, scalar), (json) => {
        const isOne = Schema.is(ListOperations.Wire)(json)
        const result = ResponseBody.page(answer(json))
        if (isOne) taken += 1
        if (isOne) assert.deepStrictEqual(result, Either.right(ListOperations.fromWire(json)))
        else assert.isTrue(Either.isLeft(result))
      }),
      { numRuns: 2000 }
    )
    assert.isAtLeast(taken, 200)
  })
})
