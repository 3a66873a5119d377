"""A script as a user writes it: a type checker has nothing to report here, and knows every method (`.ci/run`). Never executed."""

from rewardlm import GenerativeModel, RewardModel, RLModel, ToxicityMeter, compare, rescore
from rewardlm.core.finetuning import FineTuneConfig
from rewardlm.core.RL.guards import Guards
from rewardlm.core.RL.ppo import PPOConfig
from rewardlm.core.RL.RLModel import RLModel as RL2
from rewardlm.data.data_utils import embedded_prompts

prompts = embedded_prompts("demo_train")["prompt"].tolist()[:8]
rl = RLModel("rewardlm/tiny-neox", "rewardlm/tiny-toxicity", bs=8)
data = rl.generate_dataset(prompts)
history = rl.train_PPO(data, updates=1, progress=False)
print(history["reward"].mean(), rl.generator_manager.generate(["a"])[0][0].text, rl.config.lr)
rl.save_pretrained("x")
model = GenerativeModel("rewardlm/tiny-neox")
model.fine_tune(dataset=["a b c"], epochs=1, lr=1e-3)
answers = model.generate(prompts, num_samples=2)
print(answers[0][0].text, model.tokenizer.eos_token_id, model.device)
meter = ToxicityMeter(
    model=model,
    scorer="rewardlm/tiny-toxicity",
    scorers={"judge": RewardModel("rewardlm/tiny-judge")},
)
table = meter.measure_toxicity(prompts, protocol="rtp", num_samples=2)
found = compare({"PT": table, "RL": rescore(table, {"third": "rewardlm/tiny-judge"})}, baseline="PT")
print(found.overview, found.verdict)
RL2(model, RewardModel("rewardlm/tiny-toxicity")).train_GRPO(data)
rl.train_RLOO(data, num_generations=4)
rl.push_generator_to_hub("me/model")
model.save_pretrained("folder")
ToxicityMeter(model, "rewardlm/tiny-toxicity").measure_toxicity(prompts)
print(PPOConfig(lr=1e-4), Guards(window=3), FineTuneConfig(epochs=2))
