import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"
import type { StoreError } from "../OperationStore.js"

type Failure = OperationsError.Unavailable | OperationsError.ResourceExhausted | OperationsError.Internal

/** What a caller may know of a store's failure, which is not its cause. */
export const fromStoreError =
  (method: OperationsError.Method, operation: string) =>
  (error: StoreError): Failure => {
    switch (error.reason) {
      case "Unavailable":
        return new OperationsError.Unavailable({
          operation,
          method,
          status: Status.make({
            code: "UNAVAILABLE",
            message: "The store of operations is not available at the moment.",
            details: [AnyMessage.pack("google.rpc.RetryInfo", { retryDelay: "1s" })]
          }),
          retryAfter: Duration.seconds(1)
        })
      case "Full":
        return new OperationsError.ResourceExhausted({
          operation,
          method,
          status: Status.make({ code: "RESOURCE_EXHAUSTED", message: "The store of operations is full." })
        })
      case "Broken":
        return new OperationsError.Internal({
          operation,
          method,
          status: Status.make({ code: "INTERNAL", message: "The store of operations failed." })
        })
    }
  }
