using System.Runtime.InteropServices;
using System.Text.Json;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Tests.Architecture;

namespace Kanade.Tests.EndToEnd;

public sealed class ChainTests(Chain chain) : IClassFixture<Chain>
{
    [Fact]
    public void A_text_becomes_sound_of_plausible_length_and_a_picture()
    {
        var (wav, png) = (chain.File("hello.wav"), chain.File("hello.png"));
        var result = BuiltProgram.Run("synth", "こんにちは、奏です。", "--voice", chain.File("second"), "--out", wav, "--plot", png, "--json");
        result.Left(0);
        var sound = AudioFile.Read(wav);
        Assert.Equal(24_000, sound.SampleRate);
        Assert.All(sound.Samples, sample => Assert.True(float.IsFinite(sample)));
        // 10 morae and two pauses in at least one aligner frame (25 ms) and at most max_duration (50) each.
        using var json = JsonDocument.Parse(result.Output);
        var frames = json.RootElement.GetProperty("frames").EnumerateArray().Select(frame => frame.GetInt32()).ToArray();
        Assert.All(frames, frame => Assert.InRange(frame, 1, 50));
        Assert.Equal(600 * frames.Sum(), sound.Samples.Length);
        Assert.Equal([0x89, 0x50, 0x4e, 0x47], File.ReadAllBytes(png)[..4]);
    }

    [Fact]
    public void The_same_seed_says_the_same_and_another_one_does_not()
    {
        byte[] Say(string name, string seed)
        {
            var wav = chain.File(name);
            var result = BuiltProgram.Run("synth", "雨。", "--voice", chain.File("second"), "--out", wav, "--seed", seed);
            result.Left(0);
            return File.ReadAllBytes(wav);
        }

        var first = Say("a.wav", "1");
        Assert.Equal(first, Say("b.wav", "1"));
        Assert.NotEqual(first, Say("c.wav", "2"));
    }

    [Fact]
    public void A_voice_is_scored_against_recordings_and_what_it_spoke_is_kept_with_pictures()
    {
        var folder = chain.File("scores");
        var result = BuiltProgram.Run(
            "evaluate", "voice", chain.File("second"), "--dataset", chain.File("dataset"), "--aligner", chain.File("aligner"),
            "--count", "2", "--out", folder, "--json");
        result.Left(0);
        using var json = JsonDocument.Parse(result.Output);
        var scores = json.RootElement;
        Assert.Equal(2, scores.GetProperty("utterances").GetInt32());
        Assert.True(scores.GetProperty("phones").GetInt32() > 20);
        Assert.True(scores.GetProperty("real_time_factor").GetDouble() > 0);
        Assert.All(
            new[] { "f0_correlation", "pooled_f0_correlation", "energy_correlation", "pooled_energy_correlation" },
            figure => Assert.InRange(scores.GetProperty(figure).GetDouble(), -1, 1));
        Assert.Equal(2, scores.GetProperty("spoken").GetArrayLength());
        var rows = File.ReadAllLines(Path.Combine(folder, "scores.tsv")).Select(line => line.Split('\t')).ToArray();
        Assert.Equal(3, rows.Length);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        foreach (var file in rows[1..].SelectMany(row => new[] { $"{row[0]}.spoken", $"{row[0]}.recorded" }))
        {
            var path = Path.Combine(folder, file.Replace('/', '_'));
            Assert.True(AudioFile.Read(path + ".wav").Samples.Length > 1000);
            Assert.Equal([0x89, 0x50, 0x4e, 0x47], File.ReadAllBytes(path + ".png")[..4]);
        }
    }

    [Fact]
    public void An_aligner_with_another_spectrogram_than_the_voice_is_one_line_and_code_4()
    {
        var other = chain.File("other");
        Directory.CreateDirectory(other);
        foreach (var file in Directory.GetFiles(Path.Combine(chain.File("second"), "voice")))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        var config = Path.Combine(other, "voice.yml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("window_length: 1200", "window_length: 1100", StringComparison.Ordinal));
        var result = BuiltProgram.Run("evaluate", "voice", other, "--dataset", chain.File("dataset"), "--aligner", chain.File("aligner"));
        result.Left(4);
        Assert.Contains("another mel spectrogram", result.OneLine);
    }

    [Fact]
    public void A_run_that_ended_before_its_style_diffusion_makes_a_voice_that_speaks_given_styles()
    {
        BuiltProgram.Run(["train-second", .. chain.Second(8, "early"), "--max-steps", "1"]).Left(0);
        var voice = chain.File("early-voice");
        var made = BuiltProgram.Run("voice", "make", chain.File("early"), "--out", voice, "--json");
        made.Left(0);
        using (var json = JsonDocument.Parse(made.Output))
        {
            Assert.Equal(1, json.RootElement.GetProperty("step").GetInt32());
            Assert.Equal("mei/neutral", json.RootElement.GetProperty("default_style").GetString());
            Assert.False(json.RootElement.GetProperty("has_diffusion").GetBoolean());
        }
        BuiltProgram.Run("synth", "雨。", "--voice", voice, "--out", chain.File("early.wav")).Left(0);
        var drawn = BuiltProgram.Run("synth", "雨。", "--voice", voice, "--out", chain.File("early.wav"), "--diffusion-steps", "3");
        drawn.Left(4);
        Assert.Contains("no trained style diffusion", drawn.OneLine);
        BuiltProgram.Run("voice", "make", chain.File("early"), "--out", voice).Left(2);
    }

    [Fact]
    public void A_voice_says_its_rate_its_styles_and_the_sizes_of_its_networks()
    {
        var result = BuiltProgram.Run("voice", "info", chain.File("second"), "--json");
        result.Left(0);
        using var json = JsonDocument.Parse(result.Output);
        var info = json.RootElement;
        Assert.True(info.GetProperty("has_diffusion").GetBoolean());
        Assert.Equal(24_000, info.GetProperty("config").GetProperty("mel").GetProperty("sample_rate").GetInt32());
        Assert.Contains(info.GetProperty("styles").EnumerateArray(), style => style.GetString() == "takumi/happy");
        Assert.True(info.GetProperty("numbers").GetProperty("decoder").GetInt64() > 100_000);
        var table = BuiltProgram.Run("voice", "info", chain.File("second"));
        table.Left(0);
        Assert.Contains("kind: voice", table.Output);
    }

    [Fact]
    public void A_run_without_its_configuration_needs_to_be_told_its_dataset()
    {
        var run = chain.File("bare");
        Directory.CreateDirectory(run);
        var step = Path.Combine(run, "step-00000008");
        Directory.CreateSymbolicLink(step, Path.Combine(chain.File("second"), "step-00000008"));
        var result = BuiltProgram.Run("voice", "make", step, "--out", chain.File("bare-voice"));
        result.Left(2);
        Assert.Contains("--dataset is missing", result.OneLine);
        BuiltProgram.Run("voice", "make", step, "--out", chain.File("bare-voice"), "--dataset", chain.File("dataset")).Left(0);
        Assert.True(File.Exists(Path.Combine(chain.File("bare-voice"), "voice.yml")));
    }

    [Fact]
    public void A_text_with_nothing_speakable_is_one_line_and_code_4()
    {
        var result = BuiltProgram.Run("synth", "。。。", "--voice", chain.File("second"), "--out", chain.File("none.wav"));
        result.Left(4);
        Assert.Contains("nothing speakable", result.OneLine);
        Assert.False(File.Exists(chain.File("none.wav")));
    }

    [Fact]
    public void A_recording_that_is_none_is_one_line_and_code_4()
    {
        var path = chain.File("not.wav");
        File.WriteAllText(path, "this is no sound");
        var result = BuiltProgram.Run("synth", "雨。", "--voice", chain.File("second"), "--reference", path, "--out", chain.File("none.wav"));
        result.Left(4);
        Assert.Contains(path, result.OneLine);
    }

    [Theory]
    [InlineData("first", "a voice comes from train-second")]
    [InlineData("nowhere", "no such folder")]
    public void A_voice_of_another_stage_or_of_nowhere_is_one_line_and_code_5(string run, string problem)
    {
        var result = BuiltProgram.Run("synth", "雨。", "--voice", chain.File(run), "--out", chain.File("none.wav"));
        result.Left(5);
        Assert.Contains(problem, result.OneLine);
    }

    [Fact]
    public void A_checkpoint_of_another_stage_is_refused_with_code_5()
    {
        var result = BuiltProgram.Run(["train-first", .. chain.First(4, "wrong", aligner: "pitch"), "--quiet"]);
        result.Left(5);
        Assert.Contains(chain.File("pitch"), result.OneLine);
    }

    [Fact]
    public void A_run_that_is_asked_to_go_on_in_another_way_is_refused_with_code_5_and_keeps_its_configuration()
    {
        var config = Path.Combine(chain.File("aligner"), "config.yml");
        var before = File.ReadAllText(config);
        var result = BuiltProgram.Run(["pretrain", "aligner", .. chain.Stage("aligner", 3), "-o", "run.learning_rate=0.5", "--quiet"]);
        result.Left(5);
        Assert.Contains("another configuration (the run's config.yml)", result.OneLine);
        Assert.Equal(before, File.ReadAllText(config));
    }

    [Fact]
    public void A_wrong_path_is_one_line_and_code_4()
    {
        var result = BuiltProgram.Run(["pretrain", "pitch", .. chain.Stage("pitch", 3, "wrong", "nowhere"), "--quiet"]);
        result.Left(4);
        Assert.Contains(chain.File("nowhere"), result.OneLine);
    }

    [Fact]
    public void A_misspelt_key_is_named_with_its_line_and_the_nearest_key_and_code_3()
    {
        var path = chain.File("misspelt.yml");
        var lines = Repository.Read("Configs/tiny/first.yml").Replace("learning_rate:", "lerning_rate:");
        File.WriteAllText(path, lines);
        var line = 1 + Array.FindIndex(lines.Split('\n'), text => text.Contains("lerning_rate", StringComparison.Ordinal));
        var result = BuiltProgram.Run("train-first", "--config", path);
        result.Left(3);
        Assert.Equal($"kanade train-first: {path}:{line}:3: run.lerning_rate: unknown key; did you mean 'learning_rate'?", result.OneLine);
    }

    [Fact]
    public void An_alignment_leaves_how_long_each_symbol_lasts_in_the_dataset()
    {
        BuiltProgram.Run("align", chain.File("dataset"), "--aligner", chain.File("aligner"), "--durations", "--split", "test", "--quiet").Left(2);
        var result = BuiltProgram.Run("align", chain.File("dataset"), "--aligner", chain.File("aligner"), "--durations");
        result.Left(0);
        Assert.Contains("frames a symbol; 0 utterances have none", result.Error);
        using var dataset = Dataset.Open(chain.File("dataset"));
        Assert.All(dataset.All, utterance => Assert.Equal(utterance.Frames / 2, utterance.Durations!.Sum()));
    }

    [Fact]
    public void An_interrupted_training_is_saved_and_the_same_command_goes_on()
    {
        string[] arguments = ["train-first", .. chain.First(400, "interrupted")];
        using (var program = BuiltProgram.Start(arguments))
        {
            program.WaitForLine("step 2/400");
            program.Signal(PosixSignal.SIGTERM);
            var result = program.WaitForExit();
            result.Left(75);
            Assert.Contains("goes on", result.Error);
        }
        var again = BuiltProgram.Run([.. arguments, "--max-steps", "10"]);
        again.Left(0);
        Assert.Contains("going on from", again.Error);
        Assert.Contains("step 10/", again.Error);
    }

    [Fact]
    public void Two_runs_with_one_seed_have_the_same_losses_to_the_last_bit()
    {
        string Losses(string run)
        {
            var result = BuiltProgram.Run(["train-first", .. chain.First(4, run)]);
            result.Left(0);
            return File.ReadAllText(Path.Combine(chain.File(run), "metrics.jsonl"));
        }

        var first = Losses("once");
        Assert.Contains("\"step\":4", first);
        Assert.Equal(first, Losses("twice"));
    }
}
