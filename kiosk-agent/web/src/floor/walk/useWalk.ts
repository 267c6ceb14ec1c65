import { language, type PlaceView, type PlanView, type Point, type WindowBrief } from "@smarthall/ui";
import { changeWords, floorsOf, frontOf, openMarks, spotOf, type Way } from "@smarthall/ui/plan";
import { computed, ref, shallowRef, watch } from "vue";
import { t } from "../text";
import { HallView } from "./view";
import { type Keys, Walker } from "./walker";

/** While somebody is led, the machine isn't idle; it is told so as often, in milliseconds. */
const ALIVE = 5000;
/** Who has stood still as long sees all dots, in milliseconds. */
const REST = 300;
/** The minimap is as quick as people look. */
const GLANCE = 120;

/** WalkProps are where one walks, and along what. */
export interface WalkProps {
  plan: PlanView;
  from?: PlaceView;
  way?: Way;
  briefs: WindowBrief[];
}

/** useWalk is the walk: floor after floor, frame after frame, by itself or led along the way. alive is called while somebody is led. */
export function useWalk(props: WalkProps, alive: () => void) {
  const floor = ref(props.from ? spotOf(props.plan, props.from.id)?.floor.id : undefined);
  const led = ref(false);
  const pose = shallowRef({ x: 0, y: 0, turn: 0 });
  const said = ref("");
  /** cost is how many frames there were, and their mean and worst time, for those who look after machines. */
  const cost = ref("");
  const marks = computed(() => openMarks(props.plan, props.briefs));
  const shown = computed(
    () => floorsOf(props.plan).find((f) => f.id === floor.value) ?? floorsOf(props.plan)[0],
  );

  let view: HallView | undefined;
  let walker: Walker | undefined;
  let frame = 0;
  let before = 0;
  let glanced = 0;
  let told = 0;
  let dirty = true;
  /** drawn is when the last frame was drawn; 0 once it has been drawn sharply. */
  let drawn = 0;
  /** stretch is the part of the way that is being walked. */
  let stretch = 0;
  const keys: Keys = { ahead: 0, turn: 0 };

  /** arrive enters a floor at a spot, looking along the way or into the hall. */
  function arrive(at: Point, toward: Point) {
    if (!shown.value || !view) return;
    const heading = Math.atan2(toward.y - at.y, toward.x - at.x);
    walker = new Walker(shown.value, { x: at.x, y: at.y, heading, pitch: 0 });
    view.enter(shown.value);
    view.show(marks.value);
    const part = stretchHere();
    if (part) view.lead(part.points, part.points[part.points.length - 1]);
    dirty = true;
  }

  const stretchHere = () => props.way?.stretches.find((s) => s.floor === shown.value?.id);

  /** begin enters the floor that is shown: where the way begins there, before this machine, or where people come in. */
  function begin() {
    const here = shown.value;
    if (!here) return;
    const middle = { x: here.width / 2, y: here.depth / 2 };
    const [a, b] = stretchHere()?.points ?? [];
    if (a && b) return arrive(a, b);
    const { from } = props;
    const mine = from && spotOf(props.plan, from.id)?.floor.id === here.id;
    const own = mine ? from : here.places?.find((p) => p.kind === "entrance" || p.kind === "stairs");
    const front = frontOf(own?.turn);
    arrive(own ? { x: own.x + front.x * 1.2, y: own.y + front.y * 1.2 } : middle, middle);
  }

  function lead() {
    if (!props.way) return;
    stretch = 0;
    led.value = true;
    said.value = "";
    go();
  }

  /** go walks the next part of the way, on its own floor. */
  function go() {
    const part = props.way?.stretches[stretch];
    if (!part) return;
    floor.value = part.floor;
    const [a, b] = part.points;
    if (a) arrive(a, b ?? props.way?.to ?? a);
    walker?.follow(part.points.slice(1));
  }

  /** done is called where a part of the way ends: by lift or stairs it goes on upstairs. */
  function done() {
    const part = props.way?.stretches[stretch];
    if (part?.to) {
      const to = spotOf(props.plan, part.to.id)?.floor;
      said.value = changeWords(part.by?.kind ?? "", to);
      stretch++;
      go();
      return;
    }
    led.value = false;
    said.value = props.way ? t("floor.walk.there") : "";
  }

  function loop(now: number) {
    frame = requestAnimationFrame(loop);
    const seconds = Math.min(0.25, (now - before) / 1000);
    before = now;
    const was = walker?.walking ?? false;
    const moved = walker?.step(seconds, keys) ?? false;
    if (led.value && was && !walker?.walking) done();
    if (led.value && now - told > ALIVE) {
      told = now;
      alive();
    }
    if (walker && (moved || dirty)) paint(now, moved);
    // A picture in which nothing moves is not drawn again, but once with all its dots.
    else if (walker && drawn > 0 && now - drawn > REST) {
      drawn = 0;
      view?.still(walker.pose);
    }
  }

  function paint(now: number, moved: boolean) {
    if (!walker) return;
    dirty = false;
    view?.draw(walker.pose, drawn > 0 && moved ? now - drawn : 0);
    drawn = now;
    if (now - glanced > GLANCE || !moved) glance(now);
  }

  function glance(now: number) {
    if (!walker || !view) return;
    glanced = now;
    const { x, y, heading } = walker.pose;
    pose.value = { x, y, turn: (heading * 180) / Math.PI + 90 };
    const { frames, mean, worst } = view.costs;
    cost.value = `${frames} ${mean.toFixed(1)} ${worst.toFixed(1)}`;
  }

  /** stop ends being led, and walking. */
  function stop() {
    led.value = false;
    walker?.stop();
  }

  /** look turns the eyes, in radians. */
  function look(turn: number, pitch: number) {
    walker?.look(turn, pitch);
    dirty = true;
  }

  /** tap walks to the spot of the floor that is at a dot of the picture. */
  function tap(x: number, y: number) {
    const spot = view?.hit(x, y);
    if (!spot) return;
    stop();
    walker?.goTo(spot);
  }

  function enter(id: string) {
    stop();
    floor.value = id;
    begin();
  }

  watch(marks, (now) => {
    if (view?.show(now)) dirty = true;
  });
  // Another plan, or other words on its signs.
  watch([() => props.plan, language], () => begin());

  /** open begins to draw on a canvas; it throws if the browser can't. */
  function open(canvas: HTMLCanvasElement) {
    view = new HallView(canvas);
    begin();
    before = performance.now();
    frame = requestAnimationFrame(loop);
  }

  /** close gives back what the picture takes. */
  function close() {
    cancelAnimationFrame(frame);
    view?.dispose();
    view = undefined;
  }

  /** again has the picture drawn again: its canvas has another size. */
  function again() {
    dirty = true;
  }

  return { shown, led, pose, said, cost, keys, lead, stop, look, tap, enter, open, close, again };
}
