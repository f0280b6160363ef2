using System.Globalization;
using DataPipeline.Tokens.Scaling;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary>A plan as tables for people.</summary>
internal static class PlanTables
{
    public static void Write(TrainingPlan plan)
    {
        IAnsiConsole console = Report.NewConsole();
        PlanModel model = plan.Model;
        console.WriteLine($"{Text(plan.Parameters)} parameters, {Text(plan.Tokens)} tokens ({plan.TokensPerParameter:0.#} for each parameter), predicted loss {plan.Loss:0.000} nats a token ({plan.Rule})");
        console.WriteLine($"{Text(plan.Flops)} FLOPs (6ND), {Text(plan.FlopsWithAttention)} with attention over {model.Context:N0} tokens");
        console.WriteLine(model.Name == "assumed"
            ? $"shape assumed for attention and memory: {model.Layers} layers of width {model.Width:N0}, feed-forward {model.FeedForward:N0}, vocabulary {model.Vocabulary:N0}"
            : $"{model.Name}: {model.Parameters:N0} parameters ({model.NonEmbeddingParameters:N0} without embeddings), {model.Layers} layers of width {model.Width:N0}, {model.Heads} heads"
                + $" ({model.KeyValueHeads} for keys), feed-forward {model.FeedForward:N0}, vocabulary {model.Vocabulary:N0}");
        console.Write(Optima(plan));
        console.Write(Times(plan));
        console.Write(Memory(plan.Memory));
        console.WriteLine($"activations with {plan.Memory.Recompute.ToString().ToLowerInvariant()} recomputation; in generation {plan.Memory.KeyValueBytesPerToken:N0} bytes of keys and values a token");
        if (plan.Corpus is { } corpus)
            console.Write(Sources(corpus));
        if (plan.Corpus is { } given)
        {
            console.WriteLine($"{Text(plan.Tokens)} tokens from {Text(given.Available)} are worth {Text(given.Worth)} new ones: predicted loss {given.Loss:0.000} ({given.LossChange:+0.0000;-0.0000;0} for repeats);"
                + $" {Text(given.Budget)} tokens keep all within 4 epochs");
        }
        foreach (string warning in plan.Warnings)
            console.WriteLine($"warning: {warning}");
    }

    public static string Text(double value) => Quantity.Format(value);

    private static Table Optima(TrainingPlan plan)
    {
        Table table = Report.NewTable($"best use of {Text(plan.Flops)} FLOPs by rule", "parameters", "tokens", "tokens/parameter", "loss");
        foreach (PlanOptimum best in plan.Optima)
            table.AddRow(Cells(best.Rule, Text(best.Parameters), Text(best.Tokens), Number(best.TokensPerParameter, "0.0"), Number(best.Loss, "0.000")));
        return table;
    }

    private static Table Times(TrainingPlan plan)
    {
        int count = plan.Time[0].Count;
        Table table = Report.NewTable($"time at MFU {plan.Utilisation.ToString("0.##", CultureInfo.InvariantCulture)}", "precision", "GPU-hours", $"hours on {count}", $"days on {count}");
        foreach (PlanTime time in plan.Time)
            table.AddRow(Cells(time.Gpu, time.Precision, Text(time.GpuHours), Text(time.Hours), Text(time.Hours / 24)));
        return table;
    }

    private static Table Memory(PlanMemory memory)
    {
        string devices = memory.Devices == 1 ? "" : $", {memory.Devices} GPUs";
        Table table = Report.NewTable($"GB a GPU (batch {memory.MicroBatch} x {memory.Context:N0}{devices})", "weights", "gradients", "optimizer", "activations", "logits", "total",
            memory.GpuBytes is { } bytes ? $"fits {bytes / 1e9:0} GB" : "fits 80 GB");
        foreach (MemoryRow row in memory.Methods)
        {
            table.AddRow(Cells(row.Method, Gigabytes(row.Weights), Gigabytes(row.Gradients), Gigabytes(row.Optimizer), Gigabytes(row.Activations), Gigabytes(row.Logits), Gigabytes(row.Total),
                row.Total <= (memory.GpuBytes ?? 80e9) ? "yes" : "no"));
        }
        return table;
    }

    private static Table Sources(PlanCorpus corpus)
    {
        Table table = Report.NewTable($"corpus, mix {corpus.Mix}", "tokens at hand", "share", "trained on", "epochs", "worth");
        foreach (CorpusShare source in corpus.Sources)
        {
            table.AddRow(Cells(source.Source, source.Available.ToString("N0", CultureInfo.InvariantCulture), Number(100 * source.Share, "0.0") + " %", Text(source.Tokens),
                Number(source.Epochs, "0.00") + (source.Epochs > RepeatedTokens.GoodEpochs * (1 + 1e-9) ? " !" : ""), Text(source.Worth)));
        }
        return table;
    }

    private static string Gigabytes(double bytes) => Number(bytes / 1e9, bytes >= 99.95e9 ? "N0" : "0.0");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string[] Cells(params string[] cells) => [.. cells.Select(Markup.Escape)];
}
