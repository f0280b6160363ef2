using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline plan</c>: size, tokens, loss, time and memory of a training from whatever of them is known; <c>plan fit</c> and <c>plan regmix</c> learn from finished runs.</summary>
internal static class PlanVerb
{
    public static Command Command()
    {
        Option<string?> parameters = new("--parameters") { Description = "parameters of the model: 1.3B", HelpName = "N" };
        Option<string?> model = new("--model") { Description = "a known model (gpt2 to gpt2-xl, llama-7b to -65b, llama-2-*, llama-3-8b, -70b) or a config.json", HelpName = "NAME" };
        Option<string?> tokens = new("--tokens") { Description = "tokens to train on: 300G", HelpName = "D" };
        Option<string?> flops = new("--flops") { Description = "training FLOPs as scaling laws count them, 6 N D: 6e23", HelpName = "C" };
        Option<string?> gpus = new("--gpus") { Description = "kind and number of GPUs: h100:64", HelpName = "KIND:COUNT" };
        Option<string?> hours = new("--hours") { Description = "how long they are there: 720 or 30d", HelpName = "HOURS" };
        Option<double> utilisation = new("--mfu") { Description = "model FLOPs utilisation, the share of the dense 16-bit peak that is reached", DefaultValueFactory = _ => 0.4 };
        Option<string?> corpus = new("--corpus") { Description = "run with token shards or a mix, or a YAML file of `source: tokens` lines", HelpName = "RUN" };
        Option<string?> mix = new("--mix") { Description = "mix file with the shares of the sources; default: the run's mix, else by size", HelpName = "FILE" };
        Option<string> rule = new("--rule") { Description = "chinchilla-refit, chinchilla, 20-to-1, kaplan, or a file of plan fit --output", DefaultValueFactory = _ => ScalingRule.ChinchillaRefit.Name };
        Option<int?> context = new("--context") { Description = "tokens of a sequence; default: the model's, else 2048" };
        Option<int> batch = new("--micro-batch") { Description = "sequences a GPU holds at a time", DefaultValueFactory = _ => 1 };
        Option<Recompute> recompute = new("--recompute") { Description = "what is computed again in the backward pass; selective is what FlashAttention does", DefaultValueFactory = _ => Recompute.Selective };
        Option<int> rank = new("--lora-rank") { Description = "rank of LoRA's adapters", DefaultValueFactory = _ => 16 };
        Option<bool> json = new("--json") { Description = "prints JSON (docs/plan.md)" };
        Option<string?> svg = new("--svg") { Description = "draws the loss over parameters and tokens with the plan in it", HelpName = "FILE" };
        var command = new Command("plan", "Plans a training: compute-optimal size and tokens, loss, time, memory, and epochs of a corpus, from any of them.")
        {
            parameters, model, tokens, flops, gpus, hours, utilisation, corpus, mix, rule, context, batch, recompute, rank, json, svg, PlanFitVerb.Command(), PlanRegMixVerb.Command(),
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(mix) is not null && parsed.GetValue(corpus) is null)
                throw new ConfigurationException("--mix needs --corpus, whose sources it shares out");
            (Gpu Gpu, int Count)? cluster = parsed.GetValue(gpus) is { } given ? Gpu.Parse(given) : null;
            var request = new PlanRequest
            {
                Rule = ScalingRule.Named(parsed.GetValue(rule)!),
                Parameters = Amount(parameters),
                Model = parsed.GetValue(model) is { } name ? ModelShape.Named(name) : null,
                Tokens = Amount(tokens),
                Flops = Amount(flops),
                Gpu = cluster?.Gpu,
                GpuCount = cluster?.Count ?? 1,
                Hours = parsed.GetValue(hours) is { } time ? Quantity.Hours(time, "--hours") : null,
                Utilisation = parsed.GetValue(utilisation),
                Corpus = parsed.GetValue(corpus) is { } place ? Corpus.Read(place, parsed.GetValue(mix)) : null,
                Context = parsed.GetValue(context),
                MicroBatch = parsed.GetValue(batch),
                Recompute = parsed.GetValue(recompute),
                LoraRank = parsed.GetValue(rank),
            };
            TrainingPlan plan = TrainingPlan.Create(request);
            if (parsed.GetValue(svg) is { } path)
                File.WriteAllText(path, LossChart.Draw(plan, request.Rule));
            if (parsed.GetValue(json))
                Console.Out.Write(ManifestJson.Text(plan));
            else
                PlanTables.Write(plan);
            return ExitCode.Done;

            double? Amount(Option<string?> option) => parsed.GetValue(option) is { } text ? Quantity.Parse(text, option.Name) : null;
        });
        return command;
    }
}
