import * as ClusterSchema from "@effect/cluster/ClusterSchema"
import * as Entity from "@effect/cluster/Entity"
import * as Rpc from "@effect/rpc/Rpc"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"

/** Bring the operation to its end. `created` tells it from one that had its name before: each is run by one message. */
const Run = Rpc.make("Run", {
  payload: { name: Schema.String, created: Schema.DateTimeUtcFromNumber },
  primaryKey: ({ created }) => String(created.epochMillis)
}).annotate(ClusterSchema.Persisted, true)

/** Somebody wants the operation to stop: let that take effect, and see to its end. */
const Cancel = Rpc.make("Cancel", { payload: { name: Schema.String } }).annotate(ClusterSchema.Persisted, true)

/** Bring the operation to its end, since nobody seems to be at it. */
const TakeUp = Rpc.make("TakeUp", { payload: { name: Schema.String } })

/**
 * An operation, in whichever process its shard belongs to. Run and Cancel are stored until they are answered, which is when
 * the operation is over: whoever owns the shard next gets them again.
 */
export const OperationEntity = Entity.make("effect-lro/Operation", [Run, Cancel, TakeUp])

/**
 * The id of an operation's entity: its name, or what stands for one that the cluster would not keep as it is. An id is trimmed
 * text of at most 255 characters there.
 */
export const idOf = (name: string): Effect.Effect<string> =>
  plain.test(name)
    ? Effect.succeed(name)
    : Effect.map(
        Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(name))),
        (digest) => Encoding.encodeHex(new Uint8Array(digest))
      )

const plain = /^[\x21-\x7e]{1,200}$/
