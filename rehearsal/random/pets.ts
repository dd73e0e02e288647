import type { Source } from "./source.ts";

const adverbs =
  "barely briefly calmly clearly evenly fairly firmly freely gently gladly likely mainly merely mostly neatly nearly openly partly purely quickly quietly rarely really safely simply slowly smoothly solely truly widely".split(
    " ",
  );
const adjectives =
  "able alert ample apt awake brave brief bright calm clean clever cool crisp dear eager early easy equal exact fair fast fine firm fit fleet free fresh full glad good grand great happy handy keen kind large light lively loyal merry mighty mild modest neat new nice noble open patient proud pure quick quiet rapid ready rich right robust sharp sober solid sound steady still strong subtle sunny super sure sweet tidy true usable useful valid vast vital warm wise witty worthy".split(
    " ",
  );
const animals =
  "adder albatross ant badger bass bat bear beagle bee bison bluejay bonefish buck buffalo bug bull camel cat cheetah cobra cod colt condor corgi cow coyote crab crane cricket crow deer dingo dog dolphin donkey dove dragon duck eagle eel elk falcon fawn ferret finch fish flea fly fox frog gecko gnat goat goose gopher grouse grub gull hare hawk hen heron horse hound ibex jackal jay kid kite koala lab ladybug lamb lark lemur leopard lion lizard lynx mako mantis marlin marmot minnow mole monkey moose moth mouse mule newt octopus orca osprey ostrich otter owl ox panda panther parrot penguin perch pheasant pig pigeon pika pony puma pup quail rabbit ram raptor rat raven ray robin rodent rooster salmon seal shad shark sheep shiner shrew shrimp skink skunk sloth slug snail snake snipe spider sponge squid stag stallion starling stork sturgeon swan swift tapir teal termite terrier tick tiger toad tortoise troll trout tuna turkey turtle viper vulture walleye walrus wasp weasel whale wolf wombat worm wren yak zebra".split(
    " ",
  );

/** `length` words: an animal, before it an adjective, before that adverbs: the order of the petname library. */
export function petName(args: {
  readonly length: number;
  readonly separator: string;
  readonly source: Source;
}): string {
  const pick = (words: readonly string[]): string => words[args.source.below(words.length)] ?? "";
  const words = Array.from({ length: args.length }, (_, index) => {
    const fromEnd = args.length - 1 - index;
    return fromEnd === 0 ? pick(animals) : fromEnd === 1 ? pick(adjectives) : pick(adverbs);
  });
  return words.join(args.separator);
}
