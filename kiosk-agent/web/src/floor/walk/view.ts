import type { FloorView, Point } from "@smarthall/ui";
import type { Mark } from "@smarthall/ui/plan";
import { PerspectiveCamera, Raycaster, SRGBColorSpace, Vector2, WebGLRenderer } from "three";
import { FloorScene } from "./scene";
import type { Pose } from "./walker";

/** EYE is how high people's eyes are, in metres. */
const EYE = 1.55;
/** Frames that follow each other slower than this, in milliseconds, get fewer dots; quick ones more again. */
const SLOW = 60;
const FAST = 25;
const SHARPNESS = [1, 0.75, 0.5, 0.35];

/** Costs are how far apart frames came while something moved, in milliseconds. */
export interface Costs {
  frames: number;
  mean: number;
  worst: number;
}

/** HallView draws a floor as one sees it from a pose, on a canvas. It holds graphics memory until it is disposed of. */
export class HallView {
  private readonly renderer: WebGLRenderer;
  private readonly camera = new PerspectiveCamera(68, 1, 0.1, 120);
  private floor?: FloorScene;
  private sharpness = 0;
  private slow = 0;
  private sum = 0;
  private readonly cost: Costs = { frames: 0, mean: 0, worst: 0 };

  /** It throws if the browser can't draw in three dimensions. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    const software = drawsInSoftware();
    // Without a graphics processor every dot costs: fewer of them, and no smoothing.
    if (software) this.sharpness = 2;
    this.renderer = new WebGLRenderer({ canvas, antialias: !software, powerPreference: "low-power" });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.camera.rotation.order = "YXZ";
  }

  /** costs tells what drawing took since the floor was entered. */
  get costs(): Costs {
    return { ...this.cost };
  }

  /** enter builds another floor, and gives back the one before. */
  enter(floor: FloorView): void {
    this.floor?.dispose();
    this.floor = new FloorScene(floor);
    this.sum = 0;
    Object.assign(this.cost, { frames: 0, mean: 0, worst: 0 });
  }

  /** show puts the windows' states on their signs; it tells whether one has changed. */
  show(marks: Record<string, Mark>): boolean {
    return this.floor?.show(marks) ?? false;
  }

  /** lead draws the way on the floor. */
  lead(points: Point[], end?: Point): void {
    this.floor?.lead(points, end);
  }

  /** draw draws what one sees from a pose; since is how long ago the frame before was drawn, if it followed directly. */
  draw(pose: Pose, since = 0): void {
    this.picture(pose, SHARPNESS[this.sharpness] ?? 1);
    if (since > 0) this.measure(since);
  }

  /** still draws the same with all its dots, for who stands and reads; it tells whether that was needed. */
  still(pose: Pose): boolean {
    if (this.sharpness === 0) return false;
    this.picture(pose, 1);
    return true;
  }

  private picture(pose: Pose, sharpness: number): void {
    if (!this.floor) return;
    this.fit(sharpness);
    this.camera.position.set(pose.x, EYE, pose.y);
    // Heading 0 looks along x; the camera by itself looks along -z.
    this.camera.rotation.set(pose.pitch, -pose.heading - Math.PI / 2, 0);
    this.renderer.render(this.floor.scene, this.camera);
  }

  /** measure keeps frames quick: after some slow ones there are fewer dots, after many quick ones more again. */
  private measure(took: number): void {
    const { cost } = this;
    cost.frames++;
    // The first ones wait for what is compiled and uploaded; they say nothing of the others.
    if (cost.frames <= 3) return;
    this.sum += took;
    cost.mean = this.sum / (cost.frames - 3);
    cost.worst = Math.max(cost.worst, took);
    this.slow =
      took > SLOW ? this.slow + Math.min(4, took / SLOW) : took < FAST ? this.slow - 0.05 : this.slow;
    if (this.slow > 8 && this.sharpness < SHARPNESS.length - 1) this.sharpen(1);
    else if (this.slow < -15 && this.sharpness > 0) this.sharpen(-1);
  }

  private sharpen(by: number): void {
    this.sharpness += by;
    this.slow = 0;
  }

  private fit(sharpness: number): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = sharpness * Math.min(1.5, globalThis.devicePixelRatio || 1);
    const size = this.renderer.getSize(new Vector2());
    if (size.x === width && size.y === height && this.renderer.getPixelRatio() === ratio) return;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    // In portrait the picture is narrow: it shows as much to the sides by showing more above and below.
    this.camera.fov = width < height ? 80 : 62;
    this.camera.updateProjectionMatrix();
  }

  /** hit is the spot on the floor that a point of the canvas shows, in metres; undefined if that is something else. */
  hit(x: number, y: number): Point | undefined {
    if (!this.floor) return undefined;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2((x / width) * 2 - 1, 1 - (y / height) * 2), this.camera);
    const [found] = ray.intersectObject(this.floor.target);
    return found && { x: found.point.x, y: found.point.z };
  }

  /** dispose gives back the graphics memory. */
  dispose(): void {
    this.floor?.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

/** drawsInSoftware tells whether the browser has no graphics processor to draw with. It throws if it can't draw at all. */
function drawsInSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new Error("no webgl2");
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
