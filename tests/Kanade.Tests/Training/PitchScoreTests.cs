using Kanade.Audio;
using Kanade.Models;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

[Collection(nameof(Alone))]
public sealed class PitchScoreTests
{
    [Fact]
    public void A_worked_example()
    {
        var score = new PitchScore();
        // Right, an octave too high, 19 % too high, both unvoiced, a voice that is none, a voice not heard, nothing said.
        score.Add([100, 400, 238, 0, 120, 0, 90], [100, 200, 200, 0, 0, 150, float.NaN]);
        Assert.Equal((6, 3), (score.Frames, score.Voiced));
        Assert.Equal(1 / 3.0, score.GrossError, 1e-9);
        Assert.Equal(2 / 6.0, score.VoicingError, 1e-9);
        Assert.Equal(4 / 6.0, score.Total, 1e-9);
        Assert.Equal(1200 * Math.Log2(1.19) / 2, score.Cents, 1e-3);
    }

    [Fact]
    public void Who_hears_no_voice_at_all_has_everything_wrong()
    {
        var score = new PitchScore();
        score.Add([0, 0, 0, 0], [100, 100, 0, 0]);
        Assert.Equal((1, 0.5), (score.GrossError, score.VoicingError));
    }

    [Fact]
    public void A_judge_is_read_at_the_middle_of_each_frame_and_says_nothing_outside_of_its_rows()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "0.0100\t0\n0.0150\t110.5\n0.0200\t111\n0.0250\t112\n");
            Assert.Equal([float.NaN, 110.5f, 112f, float.NaN], F0File.Read(path).At(4, 0.0125)); // at 0, 12.5, 25 and 37.5 ms
            Assert.Equal([110.5f, 112f], F0File.Read(path).At(2, 0.0125, startSeconds: 0.0125));
            File.WriteAllText(path, "0.01\t0\n0.02\tx\n");
            Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => F0File.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void By_its_own_judgement_the_teacher_is_right_in_clean_sound_and_not_in_noise()
    {
        var folder = Directory.CreateTempSubdirectory("kanade-judged").FullName;
        try
        {
            using var network = new PitchConfig(PitchNetwork.Convnext, 8, 1).Build(80);
            network.eval();
            var silent = Assert.Throws<InvalidDataException>(() => PitchEvaluation.Score(folder, PitchJudge.File, network, new MelConfig(), new F0Config(), 10));
            Assert.Contains("--judge teacher", silent.Message, StringComparison.Ordinal);

            // A second of a voice that fades.
            var samples = Enumerable.Range(0, 24000).Select(n => (float)(0.3 * Math.Exp(-n / 6000.0) * Math.Sin(2 * Math.PI * 150 * n / 24000) + 0.1 * Math.Sin(2 * Math.PI * 300 * n / 24000) * Math.Exp(-n / 6000.0))).ToArray();
            WavFile.Write(Path.Combine(folder, "voice.wav"), new Waveform(samples, 24000));
            var learnt = Assert.Throws<InvalidDataException>(() => PitchEvaluation.Score(folder, PitchJudge.Teacher, network, new MelConfig(), new F0Config(), 0, new HashSet<string> { "voice" }));
            Assert.Contains("trained on", learnt.Message, StringComparison.Ordinal);
            var scores = PitchEvaluation.Score(folder, PitchJudge.Teacher, network, new MelConfig(), new F0Config(), 0, new HashSet<string> { "another" });
            Assert.Equal(["clean", "white 0 dB", "pink 0 dB"], scores.Select(s => s.Sound));
            Assert.Equal(0, scores[0].Teacher.Judged.Total);
            Assert.True(scores[0].Teacher.Judged.Voiced > 20);
            Assert.True(scores[1].Teacher.Judged.Total > 0);
            // By the teacher's judgement of clean sound, how far noise moved it is how wrong it is; without noise nothing moves.
            Assert.All(scores, s => Assert.Equal(s.Teacher.Judged.Total, s.Teacher.Moved.Total));
            Assert.Equal((0, 0), (scores[0].Network.Moved.VoicingError, scores[0].Network.Moved.Cents));
            Assert.All(scores, s => Assert.True(s.Network.TimesRealTime > 0 && s.Teacher.TimesRealTime > 0));
            Assert.All(scores, s => Assert.Equal(81, s.Network.Judged.Frames));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_mean_of_its_halves()
    {
        using var scope = NewDisposeScope();
        var f0 = tensor(new float[] { 100, 0, 200, 0, 0, 0, 0, 400 }).reshape(2, 4);
        var (hz, bins) = (full(2, 4, 150f), randn(2, 216, 4));
        foreach (var loss in new Func<Tensor, Tensor, Tensor, Tensor>[]
        {
            (p, _, t) => PitchLoss.Regression(p, t, voicedOnly: true), (p, _, t) => PitchLoss.Regression(p, t, voicedOnly: false),
            (p, _, t) => PitchLoss.Voicing(p - 150, t), (_, b, t) => PitchLoss.Classification(b, t),
        })
        {
            var halves = Enumerable.Range(0, 2).Select(i => loss(hz.narrow(0, i, 1), bins.narrow(0, i, 1), f0.narrow(0, i, 1)).item<float>()).Average();
            Assert.Equal(halves, loss(hz, bins, f0).item<float>(), 1e-5f);
        }
    }

    [Fact]
    public void An_octave_costs_the_same_in_every_voice_and_unvoiced_frames_only_what_they_should()
    {
        using var scope = NewDisposeScope();
        float Of(float found, float truth, bool voicedOnly) => PitchLoss.Regression(tensor(new[] { found }).unsqueeze(0), tensor(new[] { truth }).unsqueeze(0), voicedOnly).item<float>();
        Assert.Equal(Of(240, 120, true), Of(600, 300, true), 1e-6f);
        Assert.Equal(0.95f, Of(240, 120, true), 1e-6f);         // smooth L1 with beta 0.1: 1 - 0.1 / 2
        Assert.Equal(0, Of(240, 0, true));
        Assert.Equal(2.35f, Of(240, 0, false), 1e-5f);          // 240 Hz over 100 Hz
    }
}
