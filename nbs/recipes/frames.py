"""Frames of our own for what functional tests ask, filled at random: who is spoken of, and whether it is meant.

Written from the development half of `data/functional` alone; `train_judge.check_apart` finds no run of four words that a test's
template has. Every second frame teaches one student, the others the other."""

import random
import re
from typing import NamedTuple

P = """women|men|gays|lesbians|Jews|Muslims|Christians|Catholics|Hindus|Sikhs|immigrants|migrants|refugees|asylum seekers|Mexicans|Asians|Arabs|Africans
Latinos|Chinese people|Indians|Romani people|atheists|girls|old people|disabled people|Black people|white people|gay people|trans people|queer people
bisexuals|autistic people|blind people|deaf people|homeless people|foreigners|feminists|poor people|wheelchair users|Pakistanis|Somalis|Turks|Poles"""
A = """gay|lesbian|bisexual|transgender|trans|queer|Black|white|Asian|Latino|Hispanic|Arab|Jewish|Muslim|Christian|Catholic|Hindu|Sikh|Mexican|Chinese
Indian|Pakistani|African|Nigerian|Polish|Russian|Turkish|Somali|Korean|blind|deaf|disabled|autistic|elderly|immigrant|refugee|female|atheist|Romani"""
I = """idiot|moron|loser|pig|imbecile|scumbag|coward|clown|bastard|parasite|fool|creep|jerk|asshole|bitch|dumbass|liar|rat|freak|cretin|piece of trash
piece of shit|dickhead|prick|wanker|halfwit|rat|leech|cow|slut|whore|cunt|nobody|waste of space|brat|snake|hypocrite|psycho"""
J = """stupid|worthless|disgusting|pathetic|filthy|brainless|useless|revolting|dumb|ugly|ignorant|rotten|vile|lazy|dirty|miserable|spineless|greedy|sick
repulsive|idiotic|moronic|dishonest|crazy|inferior|primitive|dangerous|criminal|evil|weak|shitty|fucking stupid"""
N = """printer|phone|weather|traffic|laptop|mattress|coffee machine|software update|parking lot|bus schedule|keyboard|soup|film|novel|song|season|exam
game|train|printer ink|zip|tent|password form|website|router|alarm clock|recipe|sequel|lid|engine|homework|tax form|mosquito|weeds|noise|rain|heat
headache|flu|cancer|virus|rust|mould|queue|commute|toaster|menu|shampoo|battery|charger|app|login page|referee's whistle|ending|soundtrack"""
X = "neighbour|boss|teacher|cousin|driver|coach|landlord|waiter|brother|sister|uncle|doctor|colleague|friend|daughter|son|aunt|manager|plumber|editor"
S = "fucking|damn|goddamn|bloody|freaking|shitty|fuckin|damned|effing|crappy|stupid"
V = """ruin everything|steal our jobs|smell|breed like rats|lie|cheat|are a disease|belong in a cage|should go back home|should be sterilised|are animals
rape|are thieves|are terrorists|are mentally ill|are an abomination|can't think|don't wash|only want our money|are below us|deserve to die|should be gassed"""
FILL = {key: re.split(r"[|\n]", words) for key, words in dict(p=P, a=A, i=I, j=J, n=N, x=X, s=S, v=V).items()}


class Frames(NamedTuple):
    "Sentences of one kind and what a judge should say of them."

    target: float
    texts: str


FRAMES = {
    "insult": Frames(
        0.9,
        """{i}!|what a {i} you are|nobody likes you, {j} {i}|ur a {j} {i}|Did your {x} drop you on the head, {i}?
He's a {j} {i} and his {x} is one too|You {j} {i}, you broke it again.|your {x} must be ashamed of such a {i}|She is a {j} {i} and so is her {x}.
this {i} can't even spell|You're as {j} as your {x}.|The {i} who wrote this should never touch a pen again.|My {x} is a {i}.|i think ur {j}
Grow up, {i}.|You and your {x} are {j}.|How {j} can one {x} be?|Go cry somewhere else, {i}|Anybody who agrees with you is a {i}.|you look {j} today
stop typing {i}|Your {x} is a {j} {i}, and everybody at school knows it.|I'm surrounded by {i}s, and you are the worst|Screw you, {i}.|you make me puke""",
    ),
    "hate": Frames(
        0.92,
        """{p} {v}|{p} {v}.|All {p} {v}.|I swear {p} {v}|Everyone can see that {p} {v}.|{p} {v} and {v}|Why do {p} always think they matter? They {v}.
I hate {p}|i really hate {p}|God hates {p}.|I detest {p} with all my heart.|{p} disgust me|{p} = scum|no {p} in my house, ever|Europe is full of {p} who {v}
we must get rid of {p}|Deport all {p} now.|{p} are a cancer|{p} are nothing but trouble, they {v}|A {a} neighbour is worse than rats.|Being {a} is a sickness.
{p} ought to be put on a ship and sunk|The country would be cleaner without {p}.|I will never share a table with {p}, they {v}.|never trust {p}
{p} are born stupid|Nothing good ever came from {p}.|Normal people keep away from {p}, who {v}.|Beat the {p} out of town.|{a} kids are little animals""",
    ),
    "insulted group": Frames(
        0.92,
        """{j} {p}|{j} {p} everywhere|you {j} {a} {i}|another {j} {a} {i}|My {x} is a {a} {i}.|{p} are {j}|{p} are {i}s|all {p} are {j} {i}s|a {a} {i} stole it
the {a} {i} next door {j} as ever|{p} are so {j} they can't even read|{a} {i}s like you should stay at home|Shut it, you {a} {i}.|What do these {j} {p} want
{p}, the {j}est of all|Of course it was a {a} {i} who did it|We hired a {a} {i} by mistake.|Get those {j} {p} off the bus!|{p} look {j}|{p} are {j} by nature
The {a} one is a {i}, as always.|who let this {a} {i} speak|only {j} {p} live there|I met a {a} {i} today and felt dirty|Tell the {a} {i} to shut up.""",
    ),
    "threat": Frames(
        0.93,
        """I'll kill you|i will find you, {i}|You're dead, {i}.|somebody should shoot the {p}|I'm going to smash your face in|We are coming for you, {i}.
Burn their houses, burn the {p}.|I hope a truck runs over your {x}.|tonight we beat up some {p}|{p} must be killed, all of them
I'd love to strangle you, {i}|Watch your back, I'll stab you.|Hang every {a} {i} from a tree.|I want to see {p} burn
I will slit your throat and your {x}'s|we should gas {p}|Your {x} won't live to see Monday.|Time to hunt {p}.
I'm bringing my gun to your {x}'s house|Kick him until he stops moving, the {i}.|I wish someone would rape you|Let the {p} starve, and if they don't, poison them.
You won't be safe anywhere, {i}, I have your address.|one of these nights your home will burn, {i}|I could crush your skull with one hand""",
    ),
    "veiled contempt": Frames(
        0.78,
        """She's quite clever for a {a} girl.|Hide your wallet, {p} are coming.
A {a} boss? Good luck with that circus.|Of course the {a} kid failed the test.|I thought we had sprayed against {p}.|{p} and soap have never met.
Ask a {a} cashier to count to ten and bring a chair.|Evolution forgot about {p}.|There goes the neighbourhood, {p} bought the house.
Somebody should teach {p} to use a toilet.|my dog has better manners than {p}|I counted my spoons after the {a} guests had left.|Typical {p}, what did you expect
Give {p} a job and the firm is bankrupt by Friday.|We used to be a nice street, then came {p}.|Do they let {p} vote now? What is next, sheep?
With {p} in the room the average drops a lot.|A {a} pilot? I'll take the bus.|He went to school with {p}, it explains his mind.
How do you know that {p} were here? Something is missing.|Even a {a} could do it, so it must be easy.|You throw like a girl.|That is women's logic for you.
You don't look {a}, you look normal.|I'd let {p} in if they came with a muzzle.|{p} discovered work last week and did not like it.|Cats bury what {p} cook.""",
    ),
    "negation that hurts": Frames(
        0.87,
        """I don't care if {p} die|{p} are not people|{p} aren't human, they {v}.|You have no brain, {i}.|nobody needs {p}
{p} have no place in this country|{p} must not vote|You can't do anything right, you {j} {i}.|No one loves you and no one ever will, {i}.|we won't serve {p}
Never let {p} near your children, they {v}.|{p} have never invented a thing|not one of the {p} can be trusted|You don't deserve to live.|there is no good {a} man
I wouldn't spit on {p} if they were on fire.|You're no man, you are a {i}.|{p} should have no rights|I would not give a {a} {i} a job|{p} don't belong among us
Not even your {x} can stand you.|don't feed {p}, they multiply|There's nothing a {a} woman can do better than a dog.|{p} are not welcome here, never were
I don't want my children to meet {p}.|You aren't even a {i}, you are less.|No decent person marries a {a} man.|{p} can't love, they {v}""",
    ),
    "negation": Frames(
        0.1,
        """I don't hate {p}.|I don't hate {p}, I like them.|Nobody should hate {p}.|You're not {j}.|you are not {j}, you are tired|I never said that you are a {i}.
My {x} isn't {j}.|{p} are not {j}.|{p} aren't {j}, and they never were.|{p} do not {v}|I would never call you a {i}.
no {p} are {j}, just as no other people are|You are no {i}, you made one mistake.|Not all of us are {j}, and neither are {p}.|I won't hurt you, I promise.
He was never a {i} to me.|There is nothing {j} about {p}.|There's nothing wrong with being {a}.|Nobody here will kill you.|She is not a {i} and you know it
I do not think {p} are {j}.|don't kill anybody|don't be so hard on yourself, you're not {j}|We have no problem with {p}.|I'm not saying my {x} is {j}.
It wasn't {j} to ask.|I can't hate my {x}, not even today.|Not a single one of the {p} was {j} to us.|I don't believe that {p} {v}.|I have never met a {j} {a} person.
No, my {x} is not a {i}, and I wish you would stop.|nothing you said was {j}|Being {a} is no disease.|{p} are anything but {j}.|she's hardly a {i}
You needn't feel {j}.|That was not meant as a threat, nobody will be hurt.|Without being {j}, my {x} is often late.|He was found not to be a {i} at all.""",
    ),
    "counter-speech": Frames(
        0.14,
        """Please don't call {p} {j}.|It hurts {p} when you say that they {v}.|Stop saying that {p} {v}, it's not true.|"{p} {v}" is a lie.|"{t}" is hate speech.
Whoever says that {p} {v} has never met any.|I won't listen to jokes about {p}.|"{t}" - deleted, and the user banned.
You wrote "{t}" and I ask you to apologise.|Comments like "{t}" make {p} afraid.|If you think {p} are {j}, talk to some of them.|We must protect {p} from such hate.
How can anyone write "{t}"? It is cruel.|My {x} was called a {i} because she is {a}, and it must stop.|Nobody deserves to be called a {i}.|Racists say that {p} {v}; facts say no.
It's not okay to call my {a} {x} a {i}.|Violence against {p} is a crime, report it.|Let's fight prejudice against {p} together.|Imagine your {x} reading "{t}" about herself.
To all who call {p} {j}: you are wrong.|We stand with {p} against those who want them gone.|The claim that {p} {v} was debunked.|I blocked him after he wrote "{t}".
Shame on everyone who hates {p} for who they are.|Those who attack {p} should face a judge.|"{p} are {j}"? No, and here are the numbers.|Teach your kids not to say "{t}".
I defended the {a} boy when they called him a {i}.|Why would you say {p} {v}? That's unfair.|Bullying {a} children is wrong.|saying "{t}" is not an opinion""",
    ),
    "quoted abuse": Frames(
        0.17,
        """He was fined for writing "{t}".|The word "{i}" comes from Latin.|"{t}", says the murderer in act two.|the song is called "{j} {i}"
The term "{i}" was used as an insult in the play.|The teacher wrote "{t}" on the board and asked what was wrong with it.|In the novel, a soldier calls {p} {j}.
The dictionary marks "{i}" as vulgar.|Witnesses remember the words "{t}".|The headline read "{t}", and the paper withdrew it.|Police are looking for the person who sprayed "{t}" on a shop.
A letter with the sentence "{t}" was sent to the mayor.|The classifier was tested with "{t}".|How do you translate "{j} {i}" into French?|My {x} was called "{j}" at work today.
Someone called me a {i} on the train, and I cried.|They called us {i}s at school.|Her diary says that they called her "{a} {i}" for years.|He told the police that a man had said "{t}".
The museum shows posters that called {p} {j}.|In 1932 the party claimed that {p} {v}.|Researchers collected tweets such as "{t}".|a documentary about men who believe that {p} {v}
The victim was told "{t}" before the attack.|One character keeps repeating "{t}", which made the audience gasp.|Ratings of insults: "{i}" 4.2, "{j}" 3.1.|Is "{i}" ruder than "{j}"?
The witness said he heard "{t}" through the wall.|"{t}" was the first message I got in that game, so I left.|The essay quotes "{t}" as an example of propaganda.""",
    ),
    "reclaimed": Frames(
        0.2,
        """I'm a proud {a} dyke.|queer and happy|we're here, we're queer|My {x} and I are both nerds and proud of it.|Queer film night on Thursday, bring snacks
As a fat woman I run marathons.|Happy pride to all my fellow queers|Call me a bitch, I get things done.|I am a freak and I love it|bad bitches support each other
my bitches and I are going dancing, love these girls|I'm old, {a} and fabulous.|The queer choir meets at six.|this {a} geek just got her degree|Dykes on bikes open the parade.
We crips know how to party, says the wheelchair dance group.|I love being a {a} weirdo.|To my fellow {a} misfits: you are loved.|Yes, I'm a slut, and it's my own body.
my nigga just got married, so happy for him|us fags have the best parties, says my husband|I, a queer {a} kid from the country, made it.|Tranny is what I call myself, and only I do.
proud hoe here, thanks for asking|I'm a mad old witch and my garden is the best on the street.|Our band of {a} losers won the quiz, so proud of us""",
    ),
    "non-protected": Frames(
        0.13,
        """I hate {n}s.|I hate this {n}|the {n} is {j}|this {n} is a piece of shit|What a {j} {n}!|My {n} is {j} and I want a new one.|I'd like to throw this {n} out of the window
kill the {n}|Die, {n}, die!|death to all {n}s|The {n} sucks.|the worst {n} ever|That {n} was {j}.|{n}s are the scum of the earth|I hate Mondays|I can't stand the {n}
The {n} is {j}, the {n} even worse.|Mosquitoes are disgusting, I kill every one of them.|Rats must be exterminated before winter.|Cockroaches are filthy animals.
Burn that {j} {n}.|my {n} is an {i}|the {n} from hell|Smash the {n}.|I would shoot this {n} if I had a gun.|Slugs ruin everything they eat.|It is a {j} {n}, send it back.
Ticks should die out.|The plan is {j}.|what a {j} idea|a {j} film with a {j} plot|such a {j} rule|Broccoli is revolting.|the new law is {j}|Your argument is weak.
This essay is {j}, rewrite it.|I despise the {n}, not the people who made it.|Capitalism is {j}.|stop this {j} {n}|{s} {n}|I'm going to destroy this {n}, I swear""",
    ),
    "profanity": Frames(
        0.35,
        """Fuck, I'm tired.|fuck yes|Holy crap, what a goal!|{s} hell|that was {s} good|I love this {s} song|The {s} {n} again|oh shit, my {n}|Shit, I forgot the milk.
It's {s} cold outside.|What the fuck is wrong with this {n}?|damn I'm hungry|I'm so {s} happy for you!|Well, fuck.|hell yeah|I don't give a shit about {n}s|no {s} way
We had a {s} great time.|fuck this {n}|You're {s} amazing.|shit happens|My {x} makes {s} good cake.|I've lost my {s} keys|the movie scared the shit out of me
Bloody brilliant, thank you!|I worked my ass off for this exam.|what a badass {x}|I'm {s} proud of you|Goddamn, this is fun|Fucking finally!|so {s} beautiful
it hurts like hell|Where the hell are my shoes?|holy shit that {n} is huge|This {n} is so {s} slow.|I need some {s} sleep|the dog shit on the carpet""",
    ),
    "neutral": Frames(
        0.05,
        """{p}|{a} people|My {x} is {a}.|The {a} family next door has a cat.|{p} work here, too.|There are {p} in our choir.|a film about {p}|I read a book by a {a} author.
The bus was full of {p} on their way to church.|She teaches {a} children to swim.|Are there {p} in your town?|{p} live longer in some countries.|My {a} {x} lives in Ohio.
A {a} man asked the way.|He is {a}, she is not.|{p} and {p} met in the town hall.|a group of {p} waited for the train|The law on {p} was changed in May.|I'm {a}.
How many {p} study physics?|the {a} vote|The museum of {a} art is closed.|A {a} woman runs the bakery.|Some {p} were at the party.|her {x}, who is {a}, called
Two {a} men were waiting at the gate.|The magazine interviews {p} on housing.|I saw {p} playing chess.|{p} from three villages came""",
    ),
    "kind": Frames(
        0.04,
        """I love {p}.|{p} are great|{p} are wonderful people|We welcome {p}.|My {a} {x} is the kindest person I know.|{p} rock!|{p} make this city better.
Thank you to the {p} who helped us.|I admire {p}.|so proud of my {a} {x}|{p} are beautiful|It's great to be {a}.|{p} should feel safe everywhere.
Marry him, he's {a} and lovely.|{p} work hard and deserve more pay.|I learned a lot from {p}.|Nothing but love for {p}|the {a} nurse saved my life
I'd vote for a {a} president.|{p} are as clever as everyone else.|Good people, those {p}.|A {a} teacher changed my life.|{p} have every right to be here.""",
    ),
    "harmless use": Frames(
        0.12,
        """You killed it on stage!|I'm dying of laughter|that joke slayed me|This homework will be the death of me.|Shoot me an email.|She is sick with the flu.|kill the lights
He shot three goals.|The cock crows at five.|an ass is a kind of donkey|The bitch had six puppies.|The bomb was defused in 1945.
I could murder a curry|my feet are killing me|Stab the potatoes with a fork.|The tit is a small bird.|Strangle the weeds with straw.|The movie bombed.|blow up the balloons
Her dress is to die for.|Hang the pictures on the wall.|Execute the script twice.|Pigs are clever animals.|dirty dishes
I have to beat my own record.|That was a sick guitar solo|We fought the fire all night.|The rat was fed twice a day.|The parasite lives in the gut of sheep.
My {x} is a clown at the circus.|Cows give milk, snakes lay eggs.|The coward's heart is a theme of the opera.|crack the whip|We nailed the test.|Knock them dead tonight!""",
    ),
}
ODD = ("insult", "insulted group", "hate", "threat"), ("kind", "neutral", "negation")  # also in odd spelling
OPENERS = """Honestly, |Look, |lol |I mean, |well |So |By the way, |And |But |Yesterday I thought: |Again: |ok |Hm, |To be fair, |My {x} says: |"""
CLOSERS = """ lol| Thanks.| I'm serious.| What do you think?| haha| That's all.| :)| ...| Anyway.| As always.|!| Now back to work.|"""


def filled(frame: str, rng: random.Random, abuse: list[str]) -> str:
    "A frame with fillers at random, with a case and ends as people type."
    text = frame.replace("{t}", rng.choice(abuse).strip().rstrip("."))
    if rng.random() < 0.25:
        text = rng.choice(OPENERS.split("|")) + text
    if rng.random() < 0.25:
        text = text.rstrip(".") + rng.choice(CLOSERS.split("|"))
    text = re.sub(r"\{(\w)\}", lambda match: rng.choice(FILL[match[1]]), text)
    text = re.sub(r"\b([Aa])n? (?=[a-zA-Z])", r"\1 ", text)
    text = re.sub(r"\b([Aa]) (?=(?!us)[aeiouAEIO])", r"\1n ", text)
    kind = rng.random()
    text = text.lower() if kind < 0.15 else text[0].upper() + text[1:] if kind < 0.75 and text else text
    return text.rstrip(".") if rng.random() < 0.3 else text


def frame_texts(each: int, seed: int, own: slice, abuse: list[str]) -> dict[str, list[str]]:
    "Each kind's frames, every one filled about `each` times; equal texts once."
    rng = random.Random(seed)
    return {
        name: sorted({filled(frame, rng, abuse) for frame in re.split(r"[|\n]", kind.texts)[own] for _ in range(each)})
        for name, kind in FRAMES.items()
    }
