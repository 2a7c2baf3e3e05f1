/**
 * How a case of the behaviour battery fails.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A provider does not behave as it should: what the case expected, and what it saw instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatteryFailure extends Schema.TaggedError<BatteryFailure>("@effect-lro/testing/BatteryFailure")(
  "BatteryFailure",
  {
    case: Schema.String,
    expected: Schema.String,
    actual: Schema.String
  }
) {
  override get message(): string {
    return `${this.case}: expected ${this.expected}, saw ${this.actual}`
  }
}
