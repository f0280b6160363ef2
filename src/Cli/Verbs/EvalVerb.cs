using System.CommandLine;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline eval text|choice|lens</c>: what a trained model knows.</summary>
internal static class EvalVerb
{
    public static Command Command() => new("eval", "Measures a trained model: loss of texts by source, questions with choices, and what each layer would say.")
    {
        EvalTextVerb.Command(),
        EvalChoiceVerb.Command(),
        EvalLensVerb.Command(),
    };
}
