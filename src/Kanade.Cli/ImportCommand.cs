using System.CommandLine;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training;
using TorchSharp;

namespace Kanade.Cli;

/// <summary>
/// <c>kanade import</c>: a checkpoint of StyleTTS 2 or Tsukasa becomes a voice; a published aligner, pitch extractor or PL-BERT becomes
/// what its pretraining here would have left.
/// </summary>
static class ImportCommand
{
    const int Listed = 20;

    public static Command Create(CommandContext context)
    {
        var model = new Argument<string>("checkpoint") { Description = "A PyTorch file (.pth, .t7, .pt) or a safetensors file." };
        var config = new Option<string?>("--config") { Description = "The configuration that it was trained with, as it is; needed for a voice.", HelpName = "yml" };
        var bertConfig = new Option<string?>("--plbert-config") { Description = "PL-BERT's own configuration, where its heads do not have 64 channels.", HelpName = "yml" };
        var output = VerbOptions.Out("The folder to make: a voice, or for a network alone a run folder for --aligner, --pitch or --plbert.");
        var network = new Option<string?>("--network") { Description = "Only this network of the checkpoint: text_aligner, pitch_extractor or bert.", HelpName = "name" };
        network.AcceptOnlyFromAmong("text_aligner", "pitch_extractor", "bert");
        var sigma = new Option<double?>("--sigma-data") { Description = "Standard deviation of the style vectors, where the configuration has only its placeholder.", HelpName = "x" };
        sigma.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && !(value > 0 && double.IsFinite(value)))
                result.AddError("--sigma-data must be above 0");
        });
        var name = new Option<string?>("--name") { Description = "The voice's name; otherwise that of the file.", HelpName = "text" };
        var licence = new Option<string?>("--licence") { Description = "Under what terms it may be used.", HelpName = "text" };
        var credits = new Option<string[]>("--credit") { Description = "Whom its use has to name; may be repeated.", HelpName = "text", DefaultValueFactory = _ => [] };
        var json = VerbOptions.Json();
        var command = new Command("import", "Make a voice of a StyleTTS 2 or Tsukasa checkpoint.")
        {
            model, config, bertConfig, output, network, sigma, name, licence, credits, json,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            NewFolder.Require(folder);
            Libtorch.Load();
            using var checkpoint = UpstreamCheckpoint.Open(parsed.GetRequiredValue(model));
            var heads = parsed.GetValue(bertConfig) is { } own ? OriginalConfig.Read(own).Int("model_params.num_attention_heads") : (int?)null;
            var report = Alone(checkpoint, parsed.GetValue(network)) is { } single
                ? ImportNetwork(checkpoint, single, heads, folder, json: parsed.GetValue(json), context)
                : ImportVoice(
                    checkpoint, parsed.GetValue(config) ?? throw new UsageException("--config is missing: a voice needs the configuration that the checkpoint was trained with"),
                    heads, parsed.GetValue(sigma), folder, json: parsed.GetValue(json), context,
                    c => c with
                    {
                        Name = parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(checkpoint.Path),
                        Licence = parsed.GetValue(licence) ?? "as its publisher says",
                        Credits = parsed.GetRequiredValue(credits),
                    });
            context.Log.Information("{Networks} networks, {Parameters:N0} numbers, in {Folder:l}", report.Count, report.Sum(n => n.Parameters), folder);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The one network to take: the one asked for, or the only one in a file of its own.</summary>
    static string? Alone(UpstreamCheckpoint checkpoint, string? asked)
    {
        if (asked is not null)
            return checkpoint.Networks.ContainsKey(asked) ? asked : throw new CheckpointException($"{checkpoint.Path}: holds no {asked}; it holds {string.Join(", ", checkpoint.Networks.Keys)}");
        return checkpoint.Networks.Keys.ToArray() is [("text_aligner" or "pitch_extractor" or "bert") and var only] ? only : null;
    }

    static IReadOnlyList<ImportedNetwork> ImportVoice(
        UpstreamCheckpoint checkpoint, string configPath, int? heads, double? sigmaData, string folder, bool json, CommandContext context,
        Func<VoiceConfig, VoiceConfig> describe)
    {
        var original = OriginalConfig.Read(configPath);
        var config = describe(Sizes(original, configPath, new UpstreamSizes(checkpoint), heads, sigmaData, context));
        using var networks = new NetworkSet();
        try
        {
            SpeechNetworks.Create(networks, config.Acoustic, config.Bert, config.Prosody, config.Diffusion, config.Mel, SymbolTable.Count);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException)
        {
            throw new CheckpointException($"{configPath}: contradicts itself: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        var report = UpstreamImport.Compare(checkpoint, networks);
        Report(checkpoint, report, original.Unread(), json, context);
        Require(checkpoint, report);
        UpstreamImport.Fill(checkpoint, networks);
        NewFolder.Make(folder, beside =>
        {
            Voice.Write(beside, networks.Flat, new Dictionary<string, torch.Tensor>());
            File.WriteAllText(Path.Combine(beside, Voice.ConfigFile), VoiceFolder.ToYaml(config));
        });
        return report;
    }

    static IReadOnlyList<ImportedNetwork> ImportNetwork(
        UpstreamCheckpoint checkpoint, string network, int? heads, string folder, bool json, CommandContext context)
    {
        var sizes = new UpstreamSizes(checkpoint);
        using var networks = new NetworkSet();
        var stage = Build(networks, network, sizes, heads, checkpoint.Path);
        var report = UpstreamImport.Compare(checkpoint, networks);
        Report(checkpoint, report, ([], []), json, context);
        Require(checkpoint, report);
        UpstreamImport.Fill(checkpoint, networks);
        NewFolder.Make(folder, beside => Checkpoint.Write(
            beside,
            new CheckpointState(stage, 0, Finished: true, "imported", "imported", SymbolTable.Fingerprint, null, 0, networks.Sizes, new Dictionary<string, double>()),
            networks.Parts, keep: 1));
        return report;
    }

    /// <returns>The stage that would have made such a network.</returns>
    static string Build(NetworkSet networks, string network, UpstreamSizes sizes, int? heads, string path)
    {
        switch (network)
        {
            case AlignerStage.Network:
                var (aligner, mels, symbols) = sizes.Aligner();
                if (symbols != SymbolTable.Count || aligner.Check().Any() || mels < 2)
                    throw new CheckpointException($"{path}: an aligner of {symbols} symbols and {aligner.Hidden} channels; {SymbolTable.Count} symbols and a multiple of 8 channels are needed");
                networks.Add(network, aligner.Build(mels, symbols), aligner);
                return AlignerStage.Name;
            case PitchStage.Network:
                var pitch = sizes.Pitch();
                networks.Add(network, pitch.Build(new MelConfig().Bands), pitch);
                return PitchStage.Name;
            default:
                var bert = Bert(sizes, heads, path);
                networks.Add(network, new PhonemeBert(bert), bert);
                return PhonemeBertStage.Name;
        }
    }

    static PhonemeBertConfig Bert(UpstreamSizes sizes, int? heads, string path) => sizes.Bert(heads) is { Symbols: var symbols } bert && symbols == SymbolTable.Count
        ? bert
        : throw new CheckpointException($"{path}: its PL-BERT reads another number of symbols than the {SymbolTable.Count} here");

    /// <summary>The sizes of a voice: what the configuration says, and where it is silent what the tensors' shapes say.</summary>
    static VoiceConfig Sizes(OriginalConfig original, string path, UpstreamSizes sizes, int? heads, double? sigmaData, CommandContext context)
    {
        const string model = "model_params.", decoderKey = model + "decoder.", diffusionKey = model + "diffusion.";
        if (original.Int(model + "style_dim") != AcousticConfig.StyleSize)
            throw original.Wrong(model + "style_dim", $"only {AcousticConfig.StyleSize} can be imported");
        if (original.Int(model + "n_token") != SymbolTable.Count)
            throw original.Wrong(model + "n_token", $"only the table of {SymbolTable.Count} symbols can be imported");
        var kind = original.Text(decoderKey + "type") switch
        {
            "istftnet" => DecoderKind.Istft,
            "hifigan" => DecoderKind.Hifigan,
            _ => throw original.Wrong(decoderKey + "type", "expected istftnet or hifigan"),
        };
        var rates = original.Ints(decoderKey + "upsample_rates");
        var kernels = original.Ints(decoderKey + "upsample_kernel_sizes");
        if (kernels.Length != rates.Length)
            throw original.Wrong(decoderKey + "upsample_kernel_sizes", $"has {kernels.Length} values, upsample_rates has {rates.Length}");
        var istftHop = kind == DecoderKind.Istft ? original.Int(decoderKey + "gen_istft_hop_size") : 1;
        var hop = rates.Aggregate((long)istftHop, (product, rate) => Math.Min(product * rate, int.MaxValue));
        var channels = original.Int(model + "hidden_dim");
        var layers = Few(original, model + "n_layer");
        // A wrong width is told before networks of that width fill the memory.
        Agree(original, sizes, model + "hidden_dim", "text_encoder", "embedding.weight", 1);
        Agree(original, sizes, model + "dim_in", "style_encoder", "shared.0.weight_orig", 0);
        Agree(original, sizes, decoderKey + "upsample_initial_channel", "decoder", "generator.ups.0.weight_v", 0);
        var decoder = new DecoderConfig(
            kind,
            HiddenChannels: sizes.Size("decoder", "encode.conv1.weight_v", 0, 1024),
            TextChannels: sizes.Size("decoder", "asr_res.0.weight_v", 0, 64),
            InitialChannels: original.Int(decoderKey + "upsample_initial_channel"),
            rates, kernels, original.Ints(decoderKey + "resblock_kernel_sizes"), original.EqualInts(decoderKey + "resblock_dilation_sizes"),
            FftSize: kind == DecoderKind.Istft ? original.Int(decoderKey + "gen_istft_n_fft") : 20,
            IstftHop: istftHop,
            Harmonics: Math.Max(sizes.Size("decoder", "generator.m_source.l_linear.weight", 1, 9) - 1, 0),
            LearnsSource: kind != DecoderKind.Istft,
            SinglePrecisionSource: true);
        // StyleTTS 2 itself has LSTMs where Tsukasa has mLSTMs.
        ContextKind Context(string network) => sizes.Has(network, "lstm.weight_ih_l0") ? ContextKind.Lstm : ContextKind.MLstm;
        var config = new VoiceConfig(
            new MelConfig(SampleRate: original.Int("preprocess_params.sr"), HopLength: (int)hop, Bands: original.Int(model + "n_mels", 80)),
            new AcousticConfig(
                decoder, channels, sizes.Size("text_encoder", "cnn.0.0.weight_v", 2, 5), layers, sizes.Count("text_encoder", "lstm.blocks.", 8),
                StyleChannels: original.Int(model + "dim_in"),
                StyleMaxChannels: channels, // the original passes hidden_dim here, and max_conv_dim nowhere
                Context("text_encoder")),
            Bert(sizes, heads, path),
            new ProsodyConfig(layers, original.Int(model + "max_dur"), original.Double(model + "dropout", 0.2), sizes.Count("predictor", "lstm.blocks.", 8), Context("predictor")),
            new DiffusionConfig(
                Few(original, diffusionKey + "transformer.num_layers"), Few(original, diffusionKey + "transformer.num_heads"),
                original.Int(diffusionKey + "transformer.head_features"), Few(original, diffusionKey + "transformer.multiplier"),
                original.Double(diffusionKey + "embedding_mask_proba", 0.1), original.Double(diffusionKey + "dist.mean", -3), original.Double(diffusionKey + "dist.std", 1),
                original.Bool(model + "multispeaker", true)),
            sigmaData ?? original.Double(diffusionKey + "dist.sigma_data", 0.2),
            SymbolTable.Fingerprint,
            PadsEnd: false,
            SpeaksLate: kind == DecoderKind.Hifigan && Context("predictor") == ContextKind.Lstm);
        if (config.SigmaData <= 0)
            throw original.Wrong(diffusionKey + "dist.sigma_data", "must be above 0");
        if (original.Bool(diffusionKey + "dist.estimate_sigma_data", false) && sigmaData is null)
            context.Log.Warning(
                "{Path:l}: sigma_data {Sigma} is a placeholder: training measured another, which is in the configuration of its log folder; give it with --sigma-data",
                path, config.SigmaData);
        if (config.Acoustic.Check().Concat(decoder.Check()).Concat(config.Prosody.Check()).Concat(config.Diffusion.Check()).Concat(config.Check()).FirstOrDefault() is { Key: { } key } problem)
            throw new CheckpointException($"{path}: {key}: {problem.Problem}");
        return config;
    }

    static int Few(OriginalConfig original, string key) => original.Int(key) is var value && value <= 64 ? value : throw original.Wrong(key, "expected a whole number from 1 to 64");

    static void Agree(OriginalConfig original, UpstreamSizes sizes, string key, string network, string state, int axis)
    {
        var (told, held) = (original.Int(key), sizes.Size(network, state, axis, -1));
        if (held >= 0 && held != told)
            throw original.Wrong(key, $"is {told}, but the checkpoint's {network}.{state} has {held}: another configuration belongs to it");
    }

    static void Report(
        UpstreamCheckpoint checkpoint, IReadOnlyList<ImportedNetwork> report, (IReadOnlyList<string> WithoutEffect, IReadOnlyList<string> OfTraining) keys,
        bool json, CommandContext context)
    {
        var others = checkpoint.Networks.Keys.Except(report.Select(n => n.Network)).Order(StringComparer.Ordinal).ToArray();
        if (json)
        {
            context.WriteJson(new
            {
                Checkpoint = checkpoint.Path,
                Fits = report.All(n => n.Fits),
                Networks = report,
                NotOfTheVoice = others,
                KeysWithoutEffect = keys.WithoutEffect,
                KeysOfTraining = keys.OfTraining,
            });
            return;
        }
        foreach (var network in report)
        {
            context.Output.WriteLine(FormattableString.Invariant($"{network.Network}: {network.Loaded} tensors, {network.Parameters:N0} numbers"));
            Lines("missing", network.Missing);
            Lines("left over", network.LeftOver);
            Lines("of another shape", network.Misshapen);
        }
        if (others.Length > 0)
            context.Output.WriteLine($"not taken: {string.Join(", ", others)}");
        if (keys.WithoutEffect.Count > 0)
            context.Output.WriteLine($"without effect in the original: {string.Join(", ", keys.WithoutEffect)}");
        if (keys.OfTraining.Count > 0)
            context.Output.WriteLine($"of training only: {string.Join(", ", keys.OfTraining)}");

        void Lines(string what, IReadOnlyList<string> names)
        {
            foreach (var name in names.Take(Listed))
                context.Output.WriteLine($"  {what}: {name}");
            if (names.Count > Listed)
                context.Output.WriteLine($"  {what}: {names.Count - Listed} more (--json lists all)");
        }
    }

    static void Require(UpstreamCheckpoint checkpoint, IReadOnlyList<ImportedNetwork> report)
    {
        var known = UpstreamNames.Voice.Concat(UpstreamNames.Training).ToHashSet();
        if (checkpoint.Networks.Keys.FirstOrDefault(n => !known.Contains(n)) is { } unknown)
            throw new CheckpointException($"{checkpoint.Path}: holds a network '{unknown}', which neither StyleTTS 2 nor Tsukasa has; nothing was written");
        if (report.All(n => n.Fits))
            return;
        if (checkpoint.Networks.TryGetValue("text_encoder", out var text) && text.ContainsKey("lstm.weight_ih_l0"))
            throw new CheckpointException(
                $"{checkpoint.Path}: its text encoder and predictor are StyleTTS 2's with LSTMs; Kanade has Tsukasa's with mLSTMs, which cannot take them; nothing was written");
        var counts = report.Where(n => !n.Fits).Select(n =>
            n.Loaded == 0 && n.LeftOver.Count == 0 ? $"{n.Network} is not there"
            : $"{n.Network} ({n.Missing.Count} missing, {n.LeftOver.Count} left over, {n.Misshapen.Count} of another shape)");
        throw new CheckpointException($"{checkpoint.Path}: does not fit: {string.Join(", ", counts)}; nothing was written");
    }
}
