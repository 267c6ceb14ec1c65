import type * as FaceAPI from "@vladmandic/face-api";
import type { Answered, Asked, Look } from "./verifier";

/**
 * The frame that compares faces: a detector, 68 landmarks and a descriptor of
 * 128 numbers, of which those of one person lie near each other. The models and
 * the WebAssembly program lie in /face/, copied there by the build.
 */
let api: typeof FaceAPI | undefined;
let known: Float32Array | undefined;

const MODELS = "/face";

async function load() {
  const faces = await import("@vladmandic/face-api");
  const tf = faces.tf as unknown as {
    setWasmPaths(prefix: string): void;
    setBackend(name: string): Promise<boolean>;
    ready(): Promise<void>;
  };
  tf.setWasmPaths(`${MODELS}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("no WebAssembly");
  await tf.ready();
  await Promise.all([
    faces.nets.tinyFaceDetector.load(MODELS),
    faces.nets.faceLandmark68Net.load(MODELS),
    faces.nets.faceRecognitionNet.load(MODELS),
  ]);
  api = faces;
}

/** drawn makes a canvas of a picture, which the models read. */
function drawn(picture: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

/** SIZE is the detector's input in pixels, a multiple of 32, SURE how sure it must be of a face. */
const SIZE = 416;
const SURE = 0.5;

async function find(picture: ImageBitmap) {
  if (!api) throw new Error("not loaded");
  const options = new api.TinyFaceDetectorOptions({ inputSize: SIZE, scoreThreshold: SURE });
  const all = await api.detectAllFaces(drawn(picture), options).withFaceLandmarks().withFaceDescriptors();
  return all.sort((a, b) => b.detection.box.area - a.detection.box.area);
}

async function look(picture: ImageBitmap): Promise<Look> {
  const all = await find(picture);
  const nearest = all[0];
  if (!nearest || !known || !api) return { faces: all.length, alike: 0, turn: 0 };
  const distance = api.euclideanDistance(known, nearest.descriptor);
  const at = nearest.landmarks.positions;
  const [right, left, nose] = [at[0]?.x ?? 0, at[16]?.x ?? 1, at[30]?.x ?? 0.5];
  const turn = left > right ? ((nose - right) / (left - right) - 0.5) * 2 : 0;
  return { faces: all.length, alike: Math.max(0, 1 - distance), turn: Math.max(-1, Math.min(1, turn)) };
}

async function answer(asked: Asked): Promise<Answered> {
  try {
    if ("look" in asked) return { id: asked.id, look: await look(asked.look) };
    const all = await find(asked.know);
    known = all[0]?.descriptor;
    return { id: asked.id, known: known !== undefined };
  } catch (err) {
    return { id: asked.id, failed: String(err) };
  }
}

const tell = (a: Answered) => parent.postMessage(a, location.origin);

/** One picture after the other: the processor is the kiosk's only one. */
let queue: Promise<void> = Promise.resolve();
addEventListener("message", (event: MessageEvent<Asked>) => {
  if (event.source !== parent || event.origin !== location.origin || parent === window) return;
  queue = queue.then(async () => tell(await answer(event.data)));
});

load().then(
  () => tell({ id: 0, ready: true }),
  (err: unknown) => tell({ id: 0, failed: String(err) }),
);
