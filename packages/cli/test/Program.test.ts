import type * as Code from "@effect-lro/core/Code"
import type * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import {
  cancelled,
  cancelling,
  doneWithoutResult,
  failed,
  name,
  onlyObject,
  run,
  running,
  succeeded
} from "./support/memory.js"

const refused = (
  method: OperationsError.Method,
  code: Code.Code,
  options: { readonly httpStatus?: number; readonly message?: string; readonly missing?: "operation" | "route" } = {}
) =>
  OperationsError.fromStatus({
    operation: name,
    method,
    status: Status.make({ code, message: options.message ?? `the server says ${code}` }),
    httpStatus: options.httpStatus,
    missing: options.missing
  })

const unreachable = (method: OperationsError.Method) =>
  new OperationsError.TransportError({
    operation: name,
    method,
    reason: "Connection",
    description: "connect ECONNREFUSED 127.0.0.1:9"
  })

/** Answers one after the other, then the last one for ever. */
const looks = (...answers: ReadonlyArray<Operation.Operation | OperationsError.OperationsError>) => {
  let i = 0
  return (): Effect.Effect<Operation.Operation, OperationsError.OperationsError> =>
    Effect.suspend(() => {
      const answer = answers[Math.min(i++, answers.length - 1)]
      if (answer === undefined) return Effect.dieMessage("no answer")
      return OperationsError.isOperationsError(answer) ? Effect.fail(answer) : Effect.succeed(answer)
    })
}

const accepts = () => Effect.void

/** Runs until it ends by itself, letting an hour pass. */
const through = (args: ReadonlyArray<string>, options: Parameters<typeof run>[1] = {}) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(run(args, options))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

interface Case {
  readonly behaviour: string
  readonly operations: Partial<Operations.Provider>
  readonly args?: ReadonlyArray<string>
  readonly name?: string
  readonly code: number
  readonly outcome?: string
  readonly error?: Readonly<Record<string, unknown>>
}

const cases: ReadonlyArray<Case> = [
  {
    behaviour: "a running operation that stops",
    operations: { cancel: accepts, get: looks(running, cancelling, cancelled) },
    code: 0,
    outcome: "Cancelled"
  },
  {
    behaviour: "an operation that was cancelled before",
    operations: { cancel: accepts, get: looks(cancelled) },
    code: 0,
    outcome: "Cancelled"
  },
  {
    behaviour: "an operation that had succeeded before",
    operations: { cancel: accepts, get: looks(succeeded) },
    code: 3,
    outcome: "CompletedAnyway"
  },
  {
    behaviour: "a finished operation whose cancel the server refuses for that reason",
    operations: { cancel: () => Effect.fail(refused("cancel", "FAILED_PRECONDITION")), get: looks(succeeded) },
    code: 3,
    outcome: "CompletedAnyway"
  },
  {
    behaviour: "an operation that is done without a result",
    operations: { cancel: accepts, get: looks(doneWithoutResult) },
    code: 3,
    outcome: "CompletedAnyway"
  },
  {
    behaviour: "an operation that ignores the request and completes",
    operations: { cancel: accepts, get: looks(cancelling, cancelling, succeeded) },
    code: 3,
    outcome: "CompletedAnyway"
  },
  {
    behaviour: "an operation that fails meanwhile",
    operations: { cancel: accepts, get: looks(cancelling, failed) },
    code: 4,
    outcome: "FailedAnyway"
  },
  {
    behaviour: "an operation that nobody knows",
    operations: {
      cancel: () => Effect.fail(refused("cancel", "NOT_FOUND", { httpStatus: 404 })),
      get: looks(refused("get", "NOT_FOUND", { httpStatus: 404 }))
    },
    code: 7,
    error: { _tag: "NotFound", status: "NOT_FOUND", code: 5, httpStatus: 404, missing: "operation" }
  },
  {
    behaviour: "a server without such a route",
    operations: { cancel: () => Effect.fail(refused("cancel", "NOT_FOUND", { httpStatus: 404, missing: "route" })) },
    code: 7,
    error: { _tag: "NotFound", missing: "route" }
  },
  {
    behaviour: "a service that cannot cancel",
    operations: { cancel: () => Effect.fail(refused("cancel", "UNIMPLEMENTED", { httpStatus: 501 })) },
    code: 6,
    error: { _tag: "Unimplemented", status: "UNIMPLEMENTED", httpStatus: 501 }
  },
  {
    behaviour: "a deadline that passes",
    operations: { cancel: accepts, get: looks(cancelling) },
    args: ["--timeout", "2s"],
    code: 5,
    error: { _tag: "StillRunning", reason: "Timeout", cancelAccepted: true }
  },
  {
    behaviour: "a name that climbs",
    operations: {},
    name: "projects/demo/operations/..",
    code: 2,
    error: { _tag: "InvalidName" }
  },
  {
    behaviour: "an empty name",
    operations: {},
    name: "",
    code: 2,
    error: { _tag: "InvalidName" }
  },
  {
    behaviour: "a dead server",
    operations: { cancel: () => Effect.fail(unreachable("cancel")), get: looks(unreachable("get")) },
    code: 1,
    error: { _tag: "TransportError", reason: "Connection" }
  },
  {
    behaviour: "a dead server at the deadline",
    operations: { cancel: () => Effect.fail(unreachable("cancel")), get: looks(unreachable("get")) },
    args: ["--timeout", "2s"],
    code: 1,
    error: { _tag: "TransportError", reason: "Connection" }
  },
  {
    behaviour: "an operation that vanishes",
    operations: { cancel: accepts, get: looks(cancelling, refused("get", "NOT_FOUND", { httpStatus: 404 })) },
    code: 9,
    error: { _tag: "Vanished", status: "NOT_FOUND", httpStatus: 404, cancelAccepted: true }
  },
  {
    behaviour: "a token that is refused",
    operations: { cancel: () => Effect.fail(refused("cancel", "UNAUTHENTICATED", { httpStatus: 401 })) },
    code: 8,
    error: { _tag: "Unauthorized", status: "UNAUTHENTICATED", httpStatus: 401 }
  },
  {
    behaviour: "a caller who may not",
    operations: { cancel: () => Effect.fail(refused("cancel", "PERMISSION_DENIED", { httpStatus: 403 })) },
    code: 8,
    error: { _tag: "PermissionDenied", status: "PERMISSION_DENIED", httpStatus: 403 }
  },
  {
    behaviour: "an internal error",
    operations: { cancel: () => Effect.fail(refused("cancel", "INTERNAL", { httpStatus: 500 })) },
    code: 1,
    error: { _tag: "Internal", status: "INTERNAL", httpStatus: 500 }
  }
]

describe("lro cancel", () => {
  for (const { args = [], behaviour, code, error, operations, outcome, name: typed = name } of cases) {
    it.effect(`writes exactly one object and ends with ${code} for ${behaviour}`, () =>
      Effect.gen(function* () {
        const ran = yield* through(["cancel", typed, ...args, "--json"], { operations })
        assert.strictEqual(ran.code, code)
        assert.strictEqual(ran.stderr, "")
        const object = onlyObject(ran.stdout)
        assert.strictEqual(object["name"], typed)
        assert.deepStrictEqual(
          Object.keys(object),
          outcome === undefined ? ["name", "error"] : ["name", "outcome", "operation"]
        )
        if (outcome !== undefined) assert.strictEqual(object["outcome"], outcome)
        const told = Object(object["error"])
        for (const [member, value] of Object.entries(error ?? {})) assert.deepStrictEqual(told[member], value, member)
        if (error !== undefined) {
          assert.isString(told["message"])
          assert.isString(told["hint"])
        }
      })
    )

    it.effect(`tells people, and ends with ${code} too, for ${behaviour}`, () =>
      Effect.gen(function* () {
        const ran = yield* through(["cancel", typed, ...args], { operations })
        assert.strictEqual(ran.code, code)
        if (outcome === undefined) {
          assert.strictEqual(ran.stdout, "")
          assert.match(ran.stderr, /^error: /m)
          assert.match(ran.stderr, /^next: /m)
        } else {
          assert.include(ran.stdout, name)
        }
      })
    )
  }

  it.effect("hands on the operation as it stands on the wire", () =>
    Effect.gen(function* () {
      const ran = yield* through(["cancel", name, "--json"], { operations: { cancel: accepts, get: looks(cancelled) } })
      assert.deepStrictEqual(onlyObject(ran.stdout)["operation"], {
        name,
        metadata: {
          "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
          state: "CANCELLED",
          description: "demo",
          type: "EXPORT_IMAGE"
        },
        done: true,
        error: { code: 1, message: "cancelled by the user" }
      })
    })
  )

  it.effect("shows what was seen last when the deadline has passed", () =>
    Effect.gen(function* () {
      const ran = yield* through(["cancel", name, "--timeout", "2s", "--json"], {
        operations: { cancel: accepts, get: looks(cancelling) }
      })
      const lastSeen = Object(onlyObject(ran.stdout)["error"])["lastSeen"]
      assert.strictEqual(lastSeen.name, name)
      assert.strictEqual(lastSeen.metadata.state, "CANCELLING")
    })
  )

  it.effect("looks as often as --poll-interval says", () =>
    Effect.gen(function* () {
      let count = 0
      yield* through(["cancel", name, "--poll-interval", "10s", "--timeout", "35s", "--json"], {
        operations: {
          cancel: accepts,
          get: () => {
            count += 1
            return Effect.succeed(cancelling)
          }
        }
      })
      assert.strictEqual(count, 4)
    })
  )

  it.effect("sends one request with --no-confirm and does not look", () =>
    Effect.gen(function* () {
      let count = 0
      const ran = yield* run(["cancel", name, "--no-confirm", "--json"], {
        operations: { cancel: () => Effect.sync(() => void (count += 1)) }
      })
      assert.deepStrictEqual(onlyObject(ran.stdout), { name, requested: true })
      assert.strictEqual(ran.code, 0)
      assert.strictEqual(count, 1)
    })
  )

  it.effect("does not hang on a dead server with --no-confirm", () =>
    Effect.gen(function* () {
      const ran = yield* through(["cancel", name, "--no-confirm", "--timeout", "2s", "--json"], {
        operations: { cancel: () => Effect.never }
      })
      assert.strictEqual(Object(onlyObject(ran.stdout)["error"])["_tag"], "TransportError")
      assert.strictEqual(ran.code, 1)
    })
  )

  it.effect("completes a bare id with the project", () =>
    Effect.gen(function* () {
      for (const [args, env] of [
        [["--project", "demo"], {}],
        [[], { LRO_PROJECT: "demo", GOOGLE_CLOUD_PROJECT: "other" }],
        [[], { EARTHENGINE_PROJECT: "demo", GOOGLE_CLOUD_PROJECT: "other" }],
        [[], { GOOGLE_CLOUD_PROJECT: "demo" }],
        [[], { LRO_PROJECT: "projects/demo" }]
      ] as const) {
        for (const id of ["ABC", "operations/ABC"]) {
          const ran = yield* run(["cancel", id, ...args, "--no-confirm", "--json"], {
            operations: { cancel: accepts },
            env
          })
          assert.deepStrictEqual(onlyObject(ran.stdout), { name, requested: true })
        }
      }
    })
  )
})

describe("lro wait", () => {
  const endings: ReadonlyArray<readonly [string, Operation.Operation, number, string]> = [
    ["succeeded", succeeded, 0, "Succeeded"],
    ["is done without a result", doneWithoutResult, 0, "DoneWithoutResult"],
    ["failed", failed, 4, "Failed"],
    ["was cancelled", cancelled, 10, "Cancelled"]
  ]
  for (const [behaviour, operation, code, outcome] of endings) {
    it.effect(`ends with ${code} once the operation ${behaviour}`, () =>
      Effect.gen(function* () {
        const ran = yield* through(["wait", name, "--json"], { operations: { get: looks(running, operation) } })
        assert.strictEqual(ran.code, code)
        assert.strictEqual(onlyObject(ran.stdout)["outcome"], outcome)
      })
    )
  }

  it.effect("ends with 5 at the deadline", () =>
    Effect.gen(function* () {
      const ran = yield* through(["wait", name, "--timeout", "2s", "--json"], { operations: { get: looks(running) } })
      assert.strictEqual(ran.code, 5)
      const error = Object(onlyObject(ran.stdout)["error"])
      assert.strictEqual(error["_tag"], "StillRunning")
      assert.isFalse(error["cancelAccepted"])
    })
  )

  it.effect("shows its progress on standard error and its end on standard output", () =>
    Effect.gen(function* () {
      const ran = yield* through(["wait", name], { operations: { get: looks(running, cancelling, cancelled) } })
      assert.strictEqual(ran.stderr, "RUNNING\nCANCELLING\nCANCELLED\n")
      assert.include(ran.stdout, "cancelled by the user")
    })
  )

  it.effect("begins with the reason where there is no answer, because a line may be too short for the name, too", () =>
    Effect.gen(function* () {
      const ran = yield* through(["wait", name], { operations: { get: looks(unreachable("get"), cancelled) } })
      assert.strictEqual(ran.stderr, "no answer yet: connect ECONNREFUSED 127.0.0.1:9\nCANCELLED\n")
    })
  )
})

describe("a signal", () => {
  const afterOneSecond = Effect.delay(Effect.succeed("SIGINT" as const), Duration.seconds(1))

  it.effect("ends a wait at once, says where the operation stands and how to go on, and sends nothing more", () =>
    Effect.gen(function* () {
      let count = 0
      const ran = yield* through(["wait", name, "--endpoint", "http://127.0.0.1:8085"], {
        operations: {
          get: () => {
            count += 1
            return Effect.succeed(running)
          }
        },
        signal: afterOneSecond
      })
      assert.strictEqual(ran.code, 130)
      assert.strictEqual(count, 2)
      assert.include(ran.stderr, "last seen: RUNNING")
      assert.include(ran.stderr, `lro wait ${name} --endpoint http://127.0.0.1:8085`)
      assert.include(ran.stderr, `lro cancel ${name}`)
      assert.strictEqual(ran.stdout, "")
    })
  )

  it.effect("ends a cancel with one object that tells whether the request was accepted", () =>
    Effect.gen(function* () {
      for (const [cancel, accepted] of [
        [accepts, true],
        [() => Effect.never, false]
      ] as const) {
        const ran = yield* through(["cancel", name, "--json"], {
          operations: { cancel, get: looks(cancelling) },
          signal: afterOneSecond
        })
        assert.strictEqual(ran.code, 130)
        const error = Object(onlyObject(ran.stdout)["error"])
        assert.strictEqual(error["_tag"], "Interrupted")
        assert.strictEqual(error["cancelAccepted"], accepted)
      }
    })
  )

  it.effect("ends with 143 for SIGTERM and 129 for a hangup", () =>
    Effect.gen(function* () {
      for (const [signal, code] of [
        ["SIGTERM", 143],
        ["SIGHUP", 129]
      ] as const) {
        const ran = yield* through(["get", name, "--json"], {
          operations: { get: () => Effect.never },
          signal: Effect.delay(Effect.succeed(signal), "1 second")
        })
        assert.strictEqual(ran.code, code)
      }
    })
  )
})

describe("lro get", () => {
  for (const operation of [running, succeeded, failed, cancelled, doneWithoutResult]) {
    it.effect(`ends with 0 for an operation that is ${operation._tag}`, () =>
      Effect.gen(function* () {
        const ran = yield* run(["get", name, "--json"], { operations: { get: looks(operation) } })
        assert.strictEqual(ran.code, 0)
        assert.deepStrictEqual(Object.keys(onlyObject(ran.stdout)), ["name", "operation"])
      })
    )
  }

  it.effect("tries again where the connection was lost, a few times only", () =>
    Effect.gen(function* () {
      const lucky = yield* through(["get", name, "--json"], { operations: { get: looks(unreachable("get"), running) } })
      assert.strictEqual(lucky.code, 0)
      let count = 0
      const unlucky = yield* through(["get", name, "--json"], {
        operations: {
          get: () =>
            Effect.suspend(() => {
              count += 1
              return Effect.fail(unreachable("get"))
            })
        }
      })
      assert.strictEqual(unlucky.code, 1)
      assert.strictEqual(count, 4)
    })
  )
})

describe("lro delete", () => {
  it.effect("says that the operation is gone", () =>
    Effect.gen(function* () {
      const ran = yield* run(["delete", name, "--json"], { operations: { delete: accepts } })
      assert.deepStrictEqual(onlyObject(ran.stdout), { name, deleted: true })
      assert.strictEqual(ran.code, 0)
    })
  )

  it.effect("knows that a request did its work whose answer was lost", () =>
    Effect.gen(function* () {
      let count = 0
      const notFound = refused("delete", "NOT_FOUND", { httpStatus: 404 })
      const ran = yield* through(["delete", name, "--json"], {
        operations: {
          delete: () => Effect.suspend(() => Effect.fail(count++ === 0 ? unreachable("delete") : notFound))
        }
      })
      assert.deepStrictEqual(onlyObject(ran.stdout), { name, deleted: true })
      assert.strictEqual(
        (yield* run(["delete", name], { operations: { delete: () => Effect.fail(notFound) } })).code,
        7
      )
    })
  )

  it.effect("ends with 6 where the service does not support it", () =>
    Effect.gen(function* () {
      const ran = yield* run(["delete", name, "--json"], {
        operations: { delete: () => Effect.fail(refused("delete", "UNIMPLEMENTED", { httpStatus: 501 })) }
      })
      assert.strictEqual(Object(onlyObject(ran.stdout)["error"])["_tag"], "Unimplemented")
      assert.strictEqual(ran.code, 6)
    })
  )
})

describe("lro list", () => {
  const pages: Partial<Operations.Provider> = {
    listPage: (request) =>
      Effect.succeed(
        request.pageToken === undefined
          ? { operations: [running, cancelled], nextPageToken: Option.some("2"), unreachable: [] }
          : { operations: [succeeded], nextPageToken: Option.none(), unreachable: [] }
      )
  }

  it.effect("writes one object for each operation of all pages", () =>
    Effect.gen(function* () {
      const ran = yield* run(["list", "projects/demo", "--json"], { operations: pages })
      const lines = ran.stdout.trimEnd().split("\n")
      assert.strictEqual(lines.length, 3)
      for (const line of lines) assert.deepStrictEqual(Object.keys(JSON.parse(line)), ["name", "operation"])
      assert.strictEqual(ran.code, 0)
    })
  )

  it.effect("asks for no page that it does not need", () =>
    Effect.gen(function* () {
      const requests: Array<Operations.ListRequest> = []
      const ran = yield* run(["list", "demo", "--limit", "2", "--filter", "done=false", "--json"], {
        operations: {
          listPage: (request) => {
            requests.push(request)
            return Effect.succeed({ operations: [running, running], nextPageToken: Option.some("2"), unreachable: [] })
          }
        }
      })
      assert.strictEqual(ran.stdout.trimEnd().split("\n").length, 2)
      assert.deepStrictEqual(requests, [{ name: "projects/demo", filter: "done=false", pageSize: 2 }])
    })
  )

  it.effect("ends what it wrote with the failure of a later page", () =>
    Effect.gen(function* () {
      const ran = yield* run(["list", "--project", "demo", "--json"], {
        operations: {
          listPage: (request) =>
            request.pageToken === undefined
              ? Effect.succeed({ operations: [running], nextPageToken: Option.some("2"), unreachable: [] })
              : Effect.fail(refused("list", "PERMISSION_DENIED", { httpStatus: 403 }))
        }
      })
      const [first, last, ...rest] = ran.stdout.trimEnd().split("\n")
      assert.strictEqual(JSON.parse(first ?? "").name, name)
      assert.strictEqual(JSON.parse(last ?? "").error._tag, "PermissionDenied")
      assert.deepStrictEqual(rest, [])
      assert.strictEqual(ran.code, 8)
    })
  )

  it.effect("says that there is nothing where there is nothing", () =>
    Effect.gen(function* () {
      const none = { listPage: () => Effect.succeed({ operations: [], nextPageToken: Option.none(), unreachable: [] }) }
      const people = yield* run(["list", "projects/demo"], { operations: none })
      assert.strictEqual(people.stdout, "")
      assert.strictEqual(people.stderr, "There are no operations below projects/demo.\n")
      const machines = yield* run(["list", "projects/demo", "--json"], { operations: none })
      assert.strictEqual(machines.stdout + machines.stderr, "")
      assert.strictEqual(machines.code, 0)
    })
  )

  it.effect("wants to know which project", () =>
    Effect.gen(function* () {
      const ran = yield* run(["list", "--json"])
      assert.strictEqual(ran.code, 2)
      assert.strictEqual(Object(onlyObject(ran.stdout)["error"])["_tag"], "UsageError")
    })
  )
})

describe("wrong usage", () => {
  const lines: ReadonlyArray<readonly [ReadonlyArray<string>, Readonly<Record<string, string>>, string]> = [
    [["frobnicate"], {}, "there is no command"],
    [["get"], {}, "missing argument <NAME>"],
    [["get", "a", "b"], {}, "unknown argument: 'b'"],
    [["get", name, "--frobnicate"], {}, "there is no option --frobnicate"],
    [["cancel", name, "--timeout", "5"], {}, "has no unit"],
    [["cancel", name, "--timeout", "soon"], {}, "is not a duration"],
    [["cancel", name, "--poll-interval", "1ms"], {}, "50ms is the least"],
    [["get", name, "--service", "moon"], {}, '--service: "moon" is none of earthengine'],
    [["list", "demo", "--limit", "0"], {}, "whole number of at least 1"],
    [["list", "demo", "--page-size", "1e3"], {}, "whole number from 1 to 1000"],
    [["get", name, "--endpoint", "localhost:80"], {}, "not an http or https URL"],
    [["get", name, "--endpoint", "ftp://host"], {}, "not an http or https URL"],
    [["get", name, "--endpoint", "http://me:secret@host"], {}, "contains credentials"],
    [["get", name, "--endpoint", "http://host?key=secret"], {}, "query"],
    [["get", name, "--endpoint", "http://host/v1"], {}, "ends with a version"],
    [["get", name], { LRO_ENDPOINT: "nonsense" }, "not an http or https URL"],
    [["get", name, "--service", "regional"], {}, "needs an endpoint"],
    [["get", name, "--api-version", "2"], {}, "is not a version such as v1"],
    [["get", name, "--api-version", "v9"], {}, "not served in the version v9"],
    [["get", "ABC", "--project", "a/b"], {}, "not a project id"],
    [["get", name], { LRO_TOKEN: "Bearer secret" }, "begins with the word Bearer"],
    [["get", name], { LRO_TOKEN: "sec\nret" }, "cannot be sent in a header"],
    [[], {}, "there is no command"]
  ]
  for (const [args, env, message] of lines) {
    it.effect(`is one object and 2: lro ${args.join(" ")} ${JSON.stringify(env)}`, () =>
      Effect.gen(function* () {
        const ran = yield* run([...args, "--json"], { env })
        assert.strictEqual(ran.code, 2)
        assert.strictEqual(ran.stderr, "")
        const object = onlyObject(ran.stdout)
        assert.deepStrictEqual(Object.keys(object), ["error"])
        const error = Object(object["error"])
        assert.strictEqual(error["_tag"], "UsageError")
        assert.include(error["message"], message)
        assert.isAbove(String(error["hint"]).length, 10)
        assert.notInclude(ran.stdout, "secret")
      })
    )
  }

  it.effect("is told once to people, on standard error", () =>
    Effect.gen(function* () {
      const ran = yield* run(["get"])
      assert.strictEqual(ran.code, 2)
      assert.strictEqual(ran.stdout, "")
      assert.strictEqual(ran.stderr, "error: missing argument <NAME>\nnext: See lro get --help.\n")
    })
  )
})

describe("lro", () => {
  it.effect("shows its version", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(["--version"]), { code: 0, stdout: "1.2.3\n", stderr: "", settings: undefined })
      assert.deepStrictEqual(onlyObject((yield* run(["--version", "--json"])).stdout), { version: "1.2.3" })
    })
  )

  it.effect("shows help without colours where there are none", () =>
    Effect.gen(function* () {
      for (const args of [["--help"], ["help"], ["cancel", "--help"], ["help", "wait"], ["get", name, "-h"]]) {
        const ran = yield* run(args)
        assert.strictEqual(ran.code, 0)
        assert.strictEqual(ran.stderr, "")
        assert.notInclude(ran.stdout, "\u001b")
        assert.match(ran.stdout, /^Usage$/m)
      }
    })
  )

  it.effect("describes every option of every command", () =>
    Effect.gen(function* () {
      for (const command of ["get", "list", "cancel", "wait", "delete"]) {
        const { stdout } = yield* run([command, "--help"])
        const options = stdout.split("\nOptions\n")[1]?.split("\n\n")[0] ?? ""
        assert.include(options, "--endpoint URL")
        // A long one stands on a line of its own, and what it means on the next.
        for (const text of options.split(/\n(?= {2}--)/)) {
          assert.match(text, /^ {2}--\S+( \S.*?)?( {2,}|\n {4,})\S/, text)
        }
      }
    })
  )

  it.effect("fits its help to the terminal", () =>
    Effect.gen(function* () {
      for (const args of [["--help"], ["cancel", "--help"], ["emulator", "--help"]]) {
        const widest = ({ stdout }: { readonly stdout: string }) =>
          Math.max(...stdout.split("\n").map((line) => line.length))
        assert.isAtMost(widest(yield* run(args, { isTerminal: true })), 80)
        assert.isAtMost(widest(yield* run(args)), 100)
      }
    })
  )

  it.effect("shows help on standard error, and fails, where nothing is asked for", () =>
    Effect.gen(function* () {
      const ran = yield* run([])
      assert.strictEqual(ran.code, 2)
      assert.strictEqual(ran.stdout, "")
      assert.include(ran.stderr, "Commands")
    })
  )

  it.effect("writes completions for the shells", () =>
    Effect.gen(function* () {
      for (const shell of ["bash", "sh", "fish", "zsh"]) {
        const ran = yield* run(["--completions", shell])
        assert.strictEqual(ran.code, 0)
        assert.include(ran.stdout, "cancel")
        assert.include(ran.stdout, "no-confirm")
      }
    })
  )

  it.effect("writes logs to standard error", () =>
    Effect.gen(function* () {
      const ran = yield* run(["get", name, "--json"], {
        operations: { get: () => Effect.as(Effect.logError("odd\nthing"), running) }
      })
      assert.strictEqual(onlyObject(ran.stdout)["name"], name)
      assert.strictEqual(ran.stderr, "error: odd thing\n")
    })
  )

  it.effect("says that it is its own fault where something breaks", () =>
    Effect.gen(function* () {
      const ran = yield* run(["get", name, "--json"], { operations: { get: () => Effect.die(new Error("oh no")) } })
      assert.strictEqual(ran.code, 1)
      const error = Object(onlyObject(ran.stdout)["error"])
      assert.strictEqual(error["_tag"], "Defect")
      assert.include(error["message"], "oh no")
    })
  )
})

describe("settings", () => {
  it.effect("lead to a warning, on standard error, where a token would be overheard", () =>
    Effect.gen(function* () {
      const warned = (endpoint: string, env: Readonly<Record<string, string>> = { LRO_TOKEN: "token" }) =>
        Effect.map(
          run(["get", name, "--endpoint", endpoint, "--json"], { operations: { get: looks(running) }, env }),
          ({ stderr, stdout }) => {
            assert.strictEqual(onlyObject(stdout)["name"], name)
            return stderr
          }
        )
      assert.include(yield* warned("http://example.com"), "warning: the token goes to http://example.com")
      assert.strictEqual(yield* warned("http://example.com", {}), "")
      for (const endpoint of ["https://example.com", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]) {
        assert.strictEqual(yield* warned(endpoint), "")
      }
    })
  )

  it.effect("describe a service by what its names look like", () =>
    Effect.gen(function* () {
      const endpoint = "https://run.googleapis.com"
      const described = (args: ReadonlyArray<string>) =>
        Effect.map(
          run(["delete", ...args, "--endpoint", endpoint, "--json"], { operations: { delete: accepts } }),
          ({ settings, stdout }) => [settings?.service.id, settings?.service.versions, onlyObject(stdout)["name"]]
        )
      const regional = "projects/p/locations/l/operations/1"
      assert.deepStrictEqual(yield* described([regional, "--service", "regional", "--api-version", "v2"]), [
        "run.googleapis.com",
        ["v2"],
        regional
      ])
      assert.deepStrictEqual(yield* described(["1", "--service", "global"]), [
        "run.googleapis.com",
        ["v1"],
        "operations/1"
      ])
      assert.deepStrictEqual(yield* described(["1", "--service", "project", "--project", "p"]), [
        "run.googleapis.com",
        ["v1"],
        "projects/p/operations/1"
      ])
    })
  )

  it.effect("come from options first, then from the environment, then from defaults", () =>
    Effect.gen(function* () {
      const operations = { get: looks(running) }
      const settings = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
        Effect.map(run(["get", name, ...args], { operations, env }), (_) => _.settings)
      assert.strictEqual((yield* settings([], {}))?.endpoint, "https://earthengine.googleapis.com")
      const env = { LRO_ENDPOINT: "http://one:1/", LRO_TOKEN: " token " }
      assert.strictEqual((yield* settings([], env))?.endpoint, "http://one:1")
      assert.strictEqual((yield* settings(["--endpoint", "http://two/x/"], env))?.endpoint, "http://two/x")
      assert.strictEqual(String((yield* settings([], env))?.token), String(Option.some("<redacted>")))
      assert.strictEqual((yield* settings([], { LRO_TOKEN: "  " }))?.token._tag, "None")
      const quota = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
        Effect.map(settings(args, env), (_) => Option.getOrUndefined(_?.quotaProject ?? Option.none()))
      assert.strictEqual(yield* quota([], {}), undefined)
      assert.strictEqual(yield* quota(["--project", "mine"], {}), "mine")
      assert.strictEqual(yield* quota(["--project", "mine"], { GOOGLE_CLOUD_QUOTA_PROJECT: "payer" }), "payer")
      const timeout = (yield* settings(["--request-timeout", "3s"], {}))?.requestTimeout
      assert.deepStrictEqual(timeout, Option.some(Duration.seconds(3)))
    })
  )
})
