import type { Point, Stroke } from "../src/writing/strokes";

/** NAMES are 300 characters that names of people are often written with. */
export const NAMES = [
  ..."王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡",
  ..."伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛超霞平刚玲桂建国玉红梅志海燕小春花俊淑珍凤兵斌峰鹏宇浩轩子涵梓欣怡雨泽辰诗思佳雪婷慧莹琳洁颖晨旭东辉阳光飞波鑫亮健康永清美云",
]
  .filter((c, i, all) => all.indexOf(c) === i)
  .slice(0, 300);

/** dice are numbers from 0 to 1 by chance that are the same for a seed (Mulberry32, public domain). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** How a hand writes: what it does to the strokes of a model that is 1000 wide. */
export interface Hand {
  /** lean is the greatest angle, in degrees. */
  lean: number;
  /** stretch is how much wider or higher it may get. */
  stretch: number;
  /** stray is how far a stroke may lie from its place, tremble how far each of its points. */
  stray: number;
  tremble: number;
  /** joined and lost are how many strokes in a hundred run into the next, or are missing; mixed how many characters in a hundred have another order. */
  joined: number;
  lost: number;
  mixed: number;
}

/** STEADY writes by the rules, SHAKY as old hands do on glass. */
export const STEADY: Hand = { lean: 4, stretch: 0.15, stray: 25, tremble: 8, joined: 4, lost: 0, mixed: 10 };
export const SHAKY: Hand = { lean: 8, stretch: 0.3, stray: 45, tremble: 22, joined: 15, lost: 4, mixed: 30 };

/** written is a character as a hand writes it once. */
export function written(model: readonly Stroke[], hand: Hand, roll: () => number): Stroke[] {
  const around = (most: number) => (roll() * 2 - 1) * most;
  const angle = (around(hand.lean) * Math.PI) / 180;
  const [wide, high] = [1 + around(hand.stretch), 1 + around(hand.stretch)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const size = 0.2 + roll() * 0.3;
  const drawn: Point[][] = model.map((stroke) => {
    const [dx, dy] = [around(hand.stray), around(hand.stray)];
    return stroke.map(([x, y]): Point => {
      const u = (x - 500 + dx + around(hand.tremble)) * wide;
      const v = (y - 450 + dy + around(hand.tremble)) * high;
      return [240 + size * (u * cos - v * sin), 240 + size * (u * sin + v * cos)];
    });
  });
  const kept = drawn.filter(() => drawn.length < 4 || roll() * 100 >= hand.lost);
  const out: Point[][] = [];
  for (const stroke of kept) {
    const last = out.at(-1);
    if (last && roll() * 100 < hand.joined) last.push(...stroke);
    else out.push([...stroke]);
  }
  if (roll() * 100 < hand.mixed && out.length > 1) {
    const at = Math.floor(roll() * (out.length - 1));
    const [a, b] = [out[at], out[at + 1]];
    if (a && b) [out[at], out[at + 1]] = [b, a];
  }
  return out;
}
