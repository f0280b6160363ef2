using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Torch;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary>The arguments that name a trained model and where it computes.</summary>
internal sealed class ModelArguments
{
    private readonly Argument<string> _model = new("MODEL") { Description = "folder with config.json, model.safetensors and the tokenizer, or the folder of a run that trained one" };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "tokenizer file; default: the one beside the model" };
    private readonly Option<string?> _adapter = new("--adapter") { Description = "folder of low-rank adapters (adapter_config.json, adapter_model.safetensors) to merge" };
    private readonly Option<string> _device = new("--device") { Description = "cpu, cuda, cuda:N, or auto", DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _type = new("--dtype") { Description = "float32, bfloat16, float16 or float64", DefaultValueFactory = _ => "float32" };
    private readonly Option<int> _threads = new("--torch-threads") { Description = "threads of one torch operator", DefaultValueFactory = _ => 1 };

    public void AddTo(Command command)
    {
        command.Add(_model);
        foreach (Option option in (Option[])[_tokenizer, _adapter, _device, _type, _threads])
            command.Add(option);
    }

    public bool HasAdapter(ParseResult parsed) => parsed.GetValue(_adapter) is not null;

    public TrainedModel Open(ParseResult parsed)
    {
        ScalarType type = parsed.GetValue(_type) switch
        {
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            "float16" => ScalarType.Float16,
            "float64" => ScalarType.Float64,
            var other => throw new ConfigurationException($"--dtype {other} is not float32, bfloat16, float16 or float64"),
        };
        if (parsed.GetValue(_threads) < 1)
            throw new ConfigurationException("--torch-threads must be at least 1");
        torch.set_num_threads(parsed.GetValue(_threads));
        return TrainedModel.Open(parsed.GetValue(_model)!, parsed.GetValue(_tokenizer), parsed.GetValue(_adapter), type, TrainingDevice.Choose(parsed.GetValue(_device)!));
    }
}
