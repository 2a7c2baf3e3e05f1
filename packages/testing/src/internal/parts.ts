import type * as Operation from "@effect-lro/core/Operation"
import type * as OperationsError from "@effect-lro/core/OperationsError"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"

export const method = FastCheck.constantFrom(
  ...(["get", "list", "cancel", "delete", "wait", "start"] satisfies ReadonlyArray<OperationsError.Method>)
)

export const state = FastCheck.constantFrom(
  ...(["Running", "Succeeded", "Failed", "Cancelled", "DoneWithoutResult"] satisfies ReadonlyArray<
    Operation.Operation["_tag"]
  >)
)

export const typeName = FastCheck.constantFrom(
  "google.earthengine.v1.OperationMetadata",
  "google.cloud.aiplatform.v1.CreateModelOperationMetadata",
  "google.spanner.admin.database.v1.CreateDatabaseMetadata",
  "example.v1.Progress"
)

const text = FastCheck.string()

const time = FastCheck.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true
}).map((it) => it.toISOString())

const percent = FastCheck.oneof(FastCheck.integer({ min: 0, max: 100 }), FastCheck.integer({ min: -1, max: 1000 }))

export const metadata = FastCheck.record(
  {
    state: FastCheck.oneof(
      FastCheck.constantFrom("PENDING", "RUNNING", "CANCELLING", "SUCCEEDED", "CANCELLED", "FAILED"),
      text
    ),
    progressPercent: percent,
    progress: FastCheck.double({ min: 0, max: 1, noNaN: true }),
    createTime: time,
    startTime: time,
    updateTime: time,
    endTime: time,
    attempt: FastCheck.integer({ min: 0, max: 10 }),
    requestedCancellation: FastCheck.boolean(),
    cancelRequested: FastCheck.boolean(),
    stages: FastCheck.array(
      FastCheck.record({ displayName: text, completeWorkUnits: percent, totalWorkUnits: percent }),
      { maxLength: 3 }
    )
  },
  { requiredKeys: [] }
)

const texts = FastCheck.array(text, { maxLength: 3 })

const list = <A>(item: FastCheck.Arbitrary<A>) => FastCheck.array(item, { maxLength: 3 })

const map = FastCheck.dictionary(
  FastCheck.string().filter((key) => key !== "__proto__"),
  text,
  { maxKeys: 3, noNullPrototype: true }
)

const optional = <A>(value: FastCheck.Arbitrary<A>): FastCheck.Arbitrary<Option.Option<A>> =>
  FastCheck.option(value, { nil: undefined }).map((it) => Option.fromNullable(it))

const int64 = FastCheck.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

// Without it, minus zero would appear in a value that is compared by structure.
const signed = (sign: number, magnitude: number): number => (magnitude === 0 ? 0 : sign * magnitude)

export const duration: FastCheck.Arbitrary<ProtoJson.Duration> = FastCheck.tuple(
  FastCheck.constantFrom(1, -1),
  FastCheck.integer({ min: 0, max: ProtoJson.maxDurationSeconds - 1 }),
  FastCheck.oneof(FastCheck.constant(0), FastCheck.integer({ min: 0, max: 999_999_999 }))
).map(([sign, seconds, nanos]) => ({ seconds: signed(sign, seconds), nanos: signed(sign, nanos) }))

const tagged = <const Tag extends string, A extends object>(tag: Tag, fields: FastCheck.Arbitrary<A>) =>
  fields.map((it) => ({ _tag: tag, ...it }))

const localizedMessage = FastCheck.record({ locale: text, message: text })

export const known = [
  tagged("ErrorInfo", FastCheck.record({ reason: text, domain: text, metadata: map })),
  tagged("RetryInfo", FastCheck.record({ retryDelay: duration })),
  tagged("DebugInfo", FastCheck.record({ stackEntries: texts, detail: text })),
  tagged(
    "QuotaFailure",
    FastCheck.record({
      violations: list(
        FastCheck.record({
          subject: text,
          description: text,
          apiService: text,
          quotaMetric: text,
          quotaId: text,
          quotaDimensions: map,
          quotaValue: int64,
          futureQuotaValue: optional(int64)
        })
      )
    })
  ),
  tagged(
    "PreconditionFailure",
    FastCheck.record({ violations: list(FastCheck.record({ type: text, subject: text, description: text })) })
  ),
  tagged(
    "BadRequest",
    FastCheck.record({
      fieldViolations: list(
        FastCheck.record({
          field: text,
          description: text,
          reason: text,
          localizedMessage: optional(localizedMessage)
        })
      )
    })
  ),
  tagged("RequestInfo", FastCheck.record({ requestId: text, servingData: text })),
  tagged("ResourceInfo", FastCheck.record({ resourceType: text, resourceName: text, owner: text, description: text })),
  tagged("Help", FastCheck.record({ links: list(FastCheck.record({ description: text, url: text })) })),
  tagged("LocalizedMessage", localizedMessage)
] as const
