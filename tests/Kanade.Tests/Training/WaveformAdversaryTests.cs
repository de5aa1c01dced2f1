using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

public sealed class WaveformAdversaryTests : IDisposable
{
    readonly NetworkSet _networks = new();
    readonly WaveformAdversary _adversary;

    public WaveformAdversaryTests()
    {
        manual_seed(1);
        _adversary = WaveformAdversary.Create(_networks, TinyStages.Discriminators with { JudgedSeconds = 0.1 }, 24000);
    }

    [Fact]
    public void The_generators_loss_computes_no_gradient_of_the_discriminators_and_none_of_recordings()
    {
        using var scope = NewDisposeScope();
        var (recorded, generated) = Waves();
        _adversary.GeneratorLoss(recorded, generated).backward();
        Assert.All(Parameters, p => Assert.True(p.grad is null && p.requires_grad));
        Assert.Null(recorded.grad);
        Assert.True(generated.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void The_discriminators_loss_computes_no_gradient_of_the_generator()
    {
        using var scope = NewDisposeScope();
        var (recorded, generated) = Waves();
        _adversary.DiscriminatorLoss(recorded, generated).backward();
        Assert.All(Parameters, p => Assert.NotNull(p.grad));
        Assert.Null(recorded.grad);
        Assert.Null(generated.grad);
    }

    [Fact]
    public void They_judge_the_same_piece_of_both()
    {
        using var scope = NewDisposeScope();
        var wave = arange(9600).to(float32).reshape(1, 1, -1);
        var starts = new HashSet<float>();
        for (var step = 0; step < 5; step++)
        {
            var (recorded, generated) = _adversary.Pieces(wave, wave, new StepDraws(1, step, 0, SingleProcess.Instance));
            Assert.Equal([1, 1, 2400], recorded.shape);
            Assert.True(StageTesting.IsSame(recorded, generated));
            starts.Add(recorded[0, 0, 0].item<float>());
        }
        Assert.True(starts.Count > 1);
    }

    [Fact]
    public void They_compute_in_float32_also_where_a_stage_runs_in_bfloat16()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (recorded, generated) = Waves();
        var exact = _adversary.DiscriminatorLoss(recorded, generated);
        using var autocast = Autocast.Set(DeviceType.CPU, true);
        Assert.True(StageTesting.IsSame(exact, _adversary.DiscriminatorLoss(recorded, generated)));
    }

    IEnumerable<TorchSharp.Modules.Parameter> Parameters => _networks.Parameters(WaveformAdversary.Networks).Select(p => p.Parameter);

    static (Tensor Recorded, Tensor Generated) Waves() =>
        ((0.1 * randn(2, 1, 4800)).requires_grad_(true), (0.1 * randn(2, 1, 4800)).requires_grad_(true));

    public void Dispose() => _networks.Dispose();
}
