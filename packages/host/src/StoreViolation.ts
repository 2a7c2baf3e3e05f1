/**
 * How a case of the store battery fails.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A store does not behave as it should: what the case expected, and what it saw instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreViolation extends Schema.TaggedError<StoreViolation>("@effect-lro/host/StoreViolation")(
  "StoreViolation",
  {
    expected: Schema.String,
    actual: Schema.String
  }
) {
  override get message(): string {
    return `expected ${this.expected}, saw ${this.actual}`
  }
}
