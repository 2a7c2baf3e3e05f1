import * as Emulator from "@effect-lro/emulator/Emulator"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { assert, layer } from "@effect/vitest"
import ee, { type Callback, type Operation, type Started, type Task } from "@google/earthengine"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The client may call back with both a value and an error. */
const called = <A>(
  call: (callback: Callback<A>) => void
): Effect.Effect<{ readonly value: A; readonly error: string | undefined }> =>
  Effect.async((resume) => call((value, error) => resume(Effect.succeed({ value, error }))))

/** As {@link called}, where there must be no error. */
const valueOf = <A>(call: (callback: Callback<A>) => void): Effect.Effect<A> =>
  Effect.map(called(call), ({ error, value }) => {
    assert.isUndefined(error)
    return value
  })

const signIn = (token: string) =>
  Effect.sync(() => ee.data.setAuthToken("", "Bearer", token, 3600, [], undefined, false))

class Requests extends Context.Tag("Requests")<Requests, Array<string>>() {}

/** The requests since the last time that it was asked. */
const requests = Effect.map(Requests, (all) => all.splice(0))

const EmulatorLive = Layer.unwrapEffect(
  Effect.map(Requests, (seen) =>
    Emulator.layer({
      exportDuration: Duration.infinity,
      requireToken: true,
      middleware: (app) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
          seen.push(`${request.method} ${request.url}`)
          return app
        })
    })
  )
)

const Initialized = Layer.effectDiscard(
  Effect.gen(function* () {
    const { url } = yield* Emulator.Emulator
    yield* signIn("token")
    yield* Effect.async<void>((resume) =>
      ee.initialize(
        url,
        url,
        () => resume(Effect.void),
        (error) => resume(Effect.dieMessage(error)),
        null,
        "demo"
      )
    )
    assert.deepStrictEqual(yield* requests, ["GET /v1/projects/demo/algorithms?prettyPrint=false"])
  })
)

const start = (requestId: string): Effect.Effect<Started> =>
  valueOf((callback) =>
    ee.data.startProcessing(
      requestId,
      {
        type: "EXPORT_FEATURES",
        element: "a prepared expression",
        description: requestId,
        driveFolder: "folder",
        driveFileNamePrefix: requestId,
        fileFormat: "CSV"
      },
      callback
    )
  )

const startAll = (...requestIds: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Effect.forEach(requestIds, start), (all) => all.map(({ name }) => name))

type Found = Readonly<Record<string, Operation>>

const getOne = (name: string) => valueOf<Operation>((callback) => ee.data.getOperation(name, callback))

const getSome = (names: ReadonlyArray<string>) => called<Found>((callback) => ee.data.getOperation(names, callback))

const cancel = (names: string | ReadonlyArray<string>) =>
  valueOf<unknown>((callback) => ee.data.cancelOperation(names, callback))

const list = (limit?: number) =>
  valueOf<ReadonlyArray<Operation>>((callback) => ee.data.listOperations(limit, callback))

const tasksOf = (names: string | ReadonlyArray<string>) =>
  valueOf<ReadonlyArray<Task>>((callback) => ee.data.getTaskStatus(names, callback))

const statesOf = (names: ReadonlyArray<string>) =>
  Effect.map(tasksOf(names), (tasks) => tasks.map(({ name, state }) => `${name} ${state}`))

layer(Initialized.pipe(Layer.provideMerge(EmulatorLive), Layer.provideMerge(Layer.sync(Requests, () => []))), {
  excludeTestServices: true
})("Earth Engine's own JavaScript client", (it) => {
  it.effect("starts a task once for a request id", () =>
    Effect.gen(function* () {
      const first = yield* start("once")
      assert.strictEqual(first.started, "OK")
      assert.match(first.name, /^projects\/demo\/operations\/[A-Z0-9]{24}$/)
      assert.strictEqual((yield* start("once")).name, first.name)
      assert.notStrictEqual((yield* start("twice")).name, first.name)
    })
  )

  it.effect("reads several operations by one batch", () =>
    Effect.gen(function* () {
      const names = yield* startAll("read-a", "read-b")
      const [first = ""] = names
      yield* requests
      assert.strictEqual((yield* getOne(first)).name, first)
      const several = yield* getSome(names)
      assert.isUndefined(several.error)
      assert.deepStrictEqual(
        Object.entries(several.value).map(([key, { metadata, name }]) => [key, name, metadata.state]),
        names.map((name) => [name, name, "RUNNING"])
      )
      const alone = yield* getSome([first])
      assert.deepStrictEqual([alone.error, Object.keys(alone.value)], [undefined, [first]])
      assert.deepStrictEqual(yield* requests, [`GET /v1/${first}`, "POST /batch", "POST /batch"])
    })
  )

  it.effect("is told which of several there is not, and has the others", () =>
    Effect.gen(function* () {
      const { name } = yield* start("there")
      const missing = "projects/demo/operations/MISSING"
      const { error = "", value } = yield* getSome([missing, name])
      assert.isTrue(error.startsWith(`${missing}: `), error)
      assert.notInclude(error, "Server returned HTTP code")
      assert.strictEqual(value[name]?.name, name)
    })
  )

  it.effect("lists operations, and as tasks", () =>
    Effect.gen(function* () {
      const { name } = yield* start("listed")
      const all = yield* list()
      assert.isTrue(all.some((operation) => operation.name === name))
      assert.strictEqual((yield* list(1)).length, 1)
      const { tasks } = yield* valueOf(ee.data.getTaskList)
      assert.strictEqual(tasks.length, all.length)
      const task = tasks.find((each) => each.name === name)
      assert.deepStrictEqual(
        [task?.state, task?.task_type, task?.description, `projects/demo/operations/${task?.id}`],
        ["RUNNING", "EXPORT_FEATURES", "listed", name]
      )
    })
  )

  it.effect("cancels several operations by one batch, and reads that they were", () =>
    Effect.gen(function* () {
      const names = yield* startAll("cancel-a", "cancel-b", "cancel-c")
      const [first = "", second = "", third = ""] = names
      yield* requests
      yield* cancel([first, second])
      assert.deepStrictEqual(yield* requests, ["POST /batch"])
      const { error, value } = yield* getSome(names)
      // What was cancelled has an error in it, which is none of the request.
      assert.isUndefined(error)
      assert.deepStrictEqual(
        names.map((name) => [value[name]?.done ?? false, value[name]?.error?.code, value[name]?.metadata.state]),
        [
          [true, 1, "CANCELLED"],
          [true, 1, "CANCELLED"],
          [false, undefined, "RUNNING"]
        ]
      )
      yield* cancel(third)
      assert.deepStrictEqual(yield* requests, ["POST /batch", `POST /v1/${third}:cancel`])
      assert.deepStrictEqual(
        yield* statesOf(names),
        names.map((name) => `${name} CANCELLED`)
      )
    })
  )

  it.effect("cancels tasks", () =>
    Effect.gen(function* () {
      const names = yield* startAll("task-a", "task-b", "task-c")
      const [first = "", second = "", third = ""] = names
      yield* valueOf<unknown>((callback) => ee.data.cancelTask(first, callback))
      assert.deepStrictEqual(yield* statesOf(names), [`${first} CANCELLED`, `${second} RUNNING`, `${third} RUNNING`])
      yield* valueOf<unknown>((callback) => ee.data.updateTask([second, third], "CANCEL", callback))
      assert.deepStrictEqual(
        yield* statesOf(names),
        names.map((name) => `${name} CANCELLED`)
      )
      const [task] = yield* tasksOf(first)
      assert.deepStrictEqual([task?.name, typeof task?.error_message], [first, "string"])
    })
  )

  it.effect("asks for as many operations as it likes in one batch", () =>
    Effect.gen(function* () {
      const { name } = yield* start("many")
      const missing = Array.from({ length: 499 }, (_, index) => `projects/demo/operations/MISSING${index}`)
      yield* requests
      const { error, value } = yield* getSome([...missing, name])
      assert.strictEqual(error?.split("\n").length, 499)
      assert.strictEqual(value[name]?.name, name)
      assert.deepStrictEqual(yield* requests, ["POST /batch"])
    })
  )

  it.effect("is refused without a token, in a batch too", () =>
    Effect.gen(function* () {
      const { name } = yield* start("refused")
      yield* Effect.sync(ee.data.clearAuthToken)
      for (const names of [[name], [name, name]]) {
        const { error } = yield* getSome(names)
        assert.match(error ?? "", /no bearer token/)
      }
    }).pipe(Effect.ensuring(signIn("token")))
  )
})
