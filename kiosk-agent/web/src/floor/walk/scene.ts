import type { FloorView, PlaceView, Point } from "@smarthall/ui";
import { boundsOf, frontOf, inside, type Mark, middleOf } from "@smarthall/ui/plan";
import {
  BackSide,
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  Color,
  ConeGeometry,
  DirectionalLight,
  DoubleSide,
  ExtrudeGeometry,
  Fog,
  HemisphereLight,
  InstancedMesh,
  type Material,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  type Object3D,
  PlaneGeometry,
  Scene,
  Shape,
  ShapeGeometry,
  Sprite,
  SpriteMaterial,
  Texture,
} from "three";
import { chevrons, lamps, nameSign, placeSign, tiles, windowSign } from "./signs";

/** Heights in metres. */
const CEILING = 3.8;
const WALL = 3.2;
const COUNTER = 1.05;
const SIGN = 2.35;
/** The sides of floor tiles and ceiling panels. */
const TILE = 1;
const PANEL = 2.4;
/** MOST bounds what is built of one kind: a drawing with more is cut. */
const MOST_SEATS = 600;

const SOFT = ["#bcd4f6", "#bfe3c8", "#f4d6ac", "#d9c8ee", "#b8e0e4"];

/**
 * FloorScene is one floor in three dimensions, built from the same plan as the
 * drawing. The world's x is the plan's, z is its y, and y is up, all in metres.
 */
export class FloorScene {
  readonly scene = new Scene();
  private readonly plates = new Map<string, { plate: Mesh; place: PlaceView; state: string }>();
  private readonly ground: Mesh;
  private way: Object3D[] = [];

  constructor(private readonly floor: FloorView) {
    this.scene.background = new Color("#dfe9f5");
    this.scene.fog = new Fog("#dfe9f5", 25, 75);
    const sun = new DirectionalLight("#ffffff", 1.3);
    sun.position.set(0.4, 1, 0.7);
    this.scene.add(new HemisphereLight("#ffffff", "#c9c2b4", 2.1), sun);
    this.ground = this.shell();
    for (const [i, area] of (floor.areas ?? []).entries()) {
      const shape = area.shape ?? [];
      if (shape.length < 3) continue;
      if (area.kind === "zone") this.carpet(shape, SOFT[i % SOFT.length] ?? "#dddddd");
      else if (area.kind === "seats") this.seats(shape);
      else this.block(shape, area.kind, area.name);
    }
    for (const place of floor.places ?? []) this.furnish(place);
  }

  /** target is what a tap on the floor hits. */
  get target(): Mesh {
    return this.ground;
  }

  /** shell is the floor, the walls around it and the ceiling. */
  private shell(): Mesh {
    const { width, depth } = this.floor;
    const flat = (made: Mesh, y: number, up: boolean) => {
      made.rotation.x = up ? -Math.PI / 2 : Math.PI / 2;
      made.position.set(width / 2, y, depth / 2);
      this.scene.add(made);
      return made;
    };
    const plane = () => new PlaneGeometry(width, depth);
    const ground = flat(
      new Mesh(plane(), new MeshLambertMaterial({ map: tiles([width, depth], TILE) })),
      0,
      true,
    );
    flat(
      new Mesh(plane(), new MeshBasicMaterial({ map: lamps([width, depth], PANEL) })),
      CEILING - 0.1,
      false,
    );
    const walls = new Mesh(
      new BoxGeometry(width + 0.1, CEILING, depth + 0.1),
      new MeshLambertMaterial({ color: "#f1efe9", side: BackSide }),
    );
    walls.position.set(width / 2, CEILING / 2 - 0.02, depth / 2);
    this.scene.add(walls);
    return ground;
  }

  private outline(shape: Point[]): Shape {
    const out = new Shape();
    // Lying flat, the drawing's y becomes the world's -z.
    for (const [i, p] of shape.entries()) {
      if (i === 0) out.moveTo(p.x, -p.y);
      else out.lineTo(p.x, -p.y);
    }
    return out;
  }

  private carpet(shape: Point[], color: string): void {
    const mesh = new Mesh(
      new ShapeGeometry(this.outline(shape)),
      new MeshLambertMaterial({ color, transparent: true, opacity: 0.55, side: DoubleSide }),
    );
    mesh.rotation.x = -Math.PI / 2;
    mesh.position.y = 0.012;
    this.scene.add(mesh);
  }

  private block(shape: Point[], kind: string, name?: string): void {
    const depth = kind === "counter" ? COUNTER : WALL;
    const geometry = new ExtrudeGeometry(this.outline(shape), { depth, bevelEnabled: false });
    const [top, side] =
      kind === "counter"
        ? ["#f7f4ee", "#a9825a"]
        : kind === "wall"
          ? ["#c8ccd2", "#e4e2dc"]
          : ["#d7dde6", "#e8edf3"];
    const mesh = new Mesh(geometry, [
      new MeshLambertMaterial({ color: top }),
      new MeshLambertMaterial({ color: side }),
    ]);
    mesh.rotation.x = -Math.PI / 2;
    this.scene.add(mesh);
    if (name && kind === "room") this.wallNames(shape, name);
  }

  /** wallNames write a room's name on its long sides. */
  private wallNames(shape: Point[], name: string): void {
    const sign = nameSign(name);
    const material = new MeshBasicMaterial({ map: sign.texture, transparent: true, fog: true });
    const middle = middleOf(shape);
    for (const [i, b] of shape.entries()) {
      const a = shape[i > 0 ? i - 1 : shape.length - 1] ?? b;
      const long = Math.hypot(b.x - a.x, b.y - a.y);
      const height = Math.min(0.55, (long * 0.8) / sign.ratio);
      if (long < 3) continue;
      const plate = new Mesh(new PlaneGeometry(height * sign.ratio, height), material);
      const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
      let [nx, ny] = [(b.y - a.y) / long, -(b.x - a.x) / long];
      // Names face away from the room's inside.
      if ((middle.x - x) * nx + (middle.y - y) * ny > 0) [nx, ny] = [-nx, -ny];
      plate.position.set(x + nx * 0.03, SIGN + 0.35, y + ny * 0.03);
      plate.rotation.y = Math.atan2(nx, ny);
      this.scene.add(plate);
    }
  }

  /** seats are rows of chairs that look up the plan. */
  private seats(shape: Point[]): void {
    const b = boundsOf(shape);
    const spots: Point[] = [];
    for (let y = b.top + 0.7; y < b.bottom - 0.4; y += 1.5)
      for (let x = b.left + 0.6; x < b.right - 0.4; x += 0.7)
        if (spots.length < MOST_SEATS && inside({ x, y }, shape)) spots.push({ x, y });
    for (const [size, y, dz] of [
      [[0.56, 0.1, 0.5], 0.42, 0],
      [[0.56, 0.55, 0.08], 0.72, 0.25],
      [[0.08, 0.4, 0.4], 0.2, 0],
    ] as const) {
      const mesh = new InstancedMesh(
        new BoxGeometry(...size),
        new MeshLambertMaterial({ color: "#5f7fae" }),
        spots.length,
      );
      spots.forEach((p, i) => {
        mesh.setMatrixAt(i, new Matrix4().makeTranslation(p.x, y, p.y + dz));
      });
      this.scene.add(mesh);
    }
  }

  private furnish(place: PlaceView): void {
    if (place.kind === "window") {
      this.window(place);
      return;
    }
    const front = frontOf(place.turn);
    const box = (w: number, h: number, d: number, color: string, y = h / 2) => {
      const mesh = new Mesh(new BoxGeometry(w, h, d), new MeshLambertMaterial({ color }));
      mesh.position.set(place.x, y, place.y);
      mesh.rotation.y = Math.atan2(front.x, front.y);
      this.scene.add(mesh);
      return mesh;
    };
    if (place.kind === "agent") {
      box(0.6, 1.5, 0.4, "#2b4770");
      const screen = box(0.5, 0.6, 0.02, "#9fd0ff", 1.15);
      screen.position.x += front.x * 0.21;
      screen.position.z += front.y * 0.21;
    } else if (place.kind === "desk" || place.kind === "complaints" || place.kind === "forms") {
      box(1.6, COUNTER, 0.7, "#a9825a");
      box(1.7, 0.05, 0.8, "#f7f4ee", COUNTER);
    } else if (place.kind === "copier" || place.kind === "water") box(0.6, 1.1, 0.5, "#e3e8ef");
    else if (place.kind === "lift" || place.kind === "entrance" || place.kind === "exit")
      box(1.6, 2.2, 0.12, "#8fb3d9");
    else if (place.kind === "stairs")
      for (let i = 0; i < 5; i++) box(1.6, 0.18 * (5 - i), 0.3 * (i + 1), "#c9cdd4");
    const sign = placeSign(place);
    const sprite = new Sprite(new SpriteMaterial({ map: sign.texture, fog: true }));
    sprite.scale.set(0.42 * sign.ratio, 0.42, 1);
    sprite.position.set(place.x + front.x * 0.2, SIGN, place.y + front.y * 0.2);
    this.scene.add(sprite);
  }

  /** window is its sign, hung over the counter's edge, and a pane of glass beneath. */
  private window(place: PlaceView): void {
    const front = frontOf(place.turn);
    const turn = Math.atan2(front.x, front.y);
    const plate = new Mesh(
      new PlaneGeometry(2.3, 0.96),
      new MeshBasicMaterial({ map: windowSign(place), side: DoubleSide }),
    );
    plate.position.set(place.x - front.x * 0.1, SIGN, place.y - front.y * 0.1);
    plate.rotation.y = turn;
    const glass = new Mesh(
      new PlaneGeometry(2.1, 0.75),
      new MeshLambertMaterial({ color: "#bfe0f5", transparent: true, opacity: 0.35, side: DoubleSide }),
    );
    glass.position.set(place.x - front.x * 0.3, COUNTER + 0.38, place.y - front.y * 0.3);
    glass.rotation.y = turn;
    this.scene.add(plate, glass);
    this.plates.set(place.id, { plate, place, state: "" });
  }

  /** show draws the windows' states on their signs; it tells whether one has changed. */
  show(marks: Record<string, Mark>): boolean {
    let changed = false;
    for (const one of this.plates.values()) {
      const mark = marks[one.place.id];
      const state = mark ? `${mark.tone} ${mark.word}` : "";
      if (state === one.state) continue;
      one.state = state;
      changed = true;
      const material = one.plate.material as MeshBasicMaterial;
      material.map?.dispose();
      material.map = windowSign(one.place, mark);
    }
    return changed;
  }

  /** lead draws a way on the floor, and a pin over its end. */
  lead(points: Point[], end?: Point): void {
    for (const old of this.way) {
      this.scene.remove(old);
      free(old);
    }
    this.way = [];
    const material = new MeshBasicMaterial({ map: chevrons(), side: DoubleSide });
    for (const [i, b] of points.entries()) {
      const a = points[i - 1];
      if (a) this.way.push(new Mesh(ribbon(a, b), material));
    }
    if (end) {
      const pin = new Mesh(new ConeGeometry(0.28, 0.7, 20), new MeshLambertMaterial({ color: "#d9520f" }));
      pin.rotation.x = Math.PI;
      pin.position.set(end.x, 1.75, end.y);
      this.way.push(pin);
    }
    this.scene.add(...this.way);
  }

  /** dispose gives back all that the graphics memory holds of this floor. */
  dispose(): void {
    this.scene.traverse(free);
    this.scene.clear();
    this.plates.clear();
  }
}

/** ribbon is a strip along the floor from a to b; its texture runs with it, one for every metre. */
function ribbon(a: Point, b: Point): BufferGeometry {
  const long = Math.max(0.01, Math.hypot(b.x - a.x, b.y - a.y));
  const [nx, ny] = [(-(b.y - a.y) / long) * 0.22, ((b.x - a.x) / long) * 0.22];
  const y = 0.03;
  const corners = [
    a.x + nx,
    y,
    a.y + ny,
    a.x - nx,
    y,
    a.y - ny,
    b.x - nx,
    y,
    b.y - ny,
    b.x + nx,
    y,
    b.y + ny,
  ];
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(corners), 3));
  const u = long / 0.6;
  geometry.setAttribute("uv", new BufferAttribute(new Float32Array([0, 0, 0, 1, u, 1, u, 0]), 2));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  return geometry;
}

/** free gives back one object's geometry, materials and textures. */
function free(object: Object3D): void {
  const { geometry, material } = object as Partial<Mesh>;
  geometry?.dispose();
  const all: Material[] = material === undefined ? [] : Array.isArray(material) ? material : [material];
  for (const one of all) {
    const { map } = one as MeshBasicMaterial;
    if (map instanceof Texture) map.dispose();
    one.dispose();
  }
  if (object instanceof InstancedMesh) object.dispose();
}
